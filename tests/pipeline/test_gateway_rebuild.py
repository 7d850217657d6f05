"""The read model follows from the log alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aik_events.log import LogUnavailable, Start
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_events.testing.author import Author
from aik_events.testing.examples import examples
from aik_events.topics import WEBHOOKS
from aik_gateway.readmodel.tables import ROWS
from aik_gateway.rebuild import empty, rebuild
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_stack import GatewayStack, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


async def write_history(gateway: GatewayStack) -> int:
    """Ten tracks with edits, rejections, repeats, failures, retries and webhooks; gives the number of records."""
    facts = [event for event in examples() if event.TOPIC == WEBHOOKS]
    for event in (*facts, *facts):
        await gateway.log.append(event)
    count = 2 * len(facts)
    for number in range(10):
        author = Author(f"trk_{number}")
        first = author.imported(lyrics=True, callback_url="https://example.org/hook")
        events = [first, *author.published(), author.edited(), author.edited(based_on=1), first]
        events += [author.reprocess("align"), author.failed("align"), author.retried(), *author.published()]
        events += [author.finished("check"), author.canceled()]
        if number % 3 == 0:
            events.append(author.deleted())
        for event in events:
            await gateway.log.append(event)
        count += len(events)
    return count


async def test_rebuilt_rows_are_the_rows_that_were_there(gateway: GatewayStack) -> None:
    async with gateway.projecting():
        written = await write_history(gateway)
        await gateway.until_folded()
    before = await gateway.rows()
    async with gateway.database.begin() as connection:
        await connection.execute(text("DELETE FROM track"))
        await connection.execute(text("UPDATE job SET state = 'spoiled'"))
        for table in ("endpoint", "delivery", "delivery_fact"):
            assert (await connection.execute(text(f"DELETE FROM {table}"))).rowcount > 0  # noqa: S608 (names from above)
    assert await gateway.rows() != before
    assert await rebuild(gateway.log, gateway.database) == written
    assert await gateway.rows() == before


async def test_a_lost_schema_is_rebuilt_from_nothing(gateway: GatewayStack) -> None:
    async with gateway.projecting():
        await write_history(gateway)
        await gateway.until_folded()
    before = await gateway.rows()
    await gateway.database.drop()
    await rebuild(gateway.log, gateway.database)
    assert await gateway.rows() == before


async def test_a_projector_that_runs_meanwhile_does_no_harm(gateway: GatewayStack) -> None:
    async with gateway.projecting():
        await write_history(gateway)
        await gateway.until_folded()
        before = await gateway.rows()
        rebuilding = asyncio.create_task(rebuild(gateway.log, gateway.database))
        late = Author("trk_late")
        await gateway.log.append(late.imported(lyrics=True))
        await rebuilding
        await gateway.until_folded()
        after = await gateway.rows()
    assert [row for row in after if "trk_late" not in row] == list(before)
    assert sum("trk_late" in row for row in after) == 4


WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
"""How many wait for this transaction."""


async def test_emptying_waits_for_the_batch_of_a_projector(gateway: GatewayStack) -> None:
    """Both take position, folded state and rows in this order: neither can wait for the other for ever."""
    async with gateway.projecting():
        await write_history(gateway)
        await gateway.until_folded()
    async with asyncio.timeout(30):
        async with gateway.database.begin() as batch:
            await batch.execute(text("UPDATE log_position SET next = next"))
            emptying = asyncio.create_task(empty(gateway.database))
            while (await batch.execute(WAITING)).scalar_one() == 0:
                await asyncio.sleep(0.01)
            for table in ("held_record", "folded", *(row.__tablename__ for row in ROWS)):
                await batch.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names from above)
        await emptying
    assert await gateway.rows() == []


async def test_a_reader_keeps_its_snapshot_while_the_read_model_is_emptied(gateway: GatewayStack) -> None:
    async with gateway.projecting():
        await write_history(gateway)
        await gateway.until_folded()
    async with gateway.database.begin() as reader, asyncio.timeout(30):
        await reader.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        tracks = text("SELECT * FROM track ORDER BY id")
        before = (await reader.execute(tracks)).all()
        await rebuild(gateway.log, gateway.database)
        assert (await reader.execute(tracks)).all() == before


class FailingLog(MemoryLog):
    """The first reader finds nobody."""

    def __init__(self) -> None:
        super().__init__(batch_size=7)
        self.readers = 0

    @asynccontextmanager
    async def read(self, topics: Sequence[str], *, group: str | None, start: Start) -> AsyncIterator[MemoryReader]:
        self.readers += 1
        if self.readers == 1:
            raise LogUnavailable
        async with super().read(topics, group=group, start=start) as reader:
            yield reader


async def test_a_rebuild_waits_out_an_outage_of_the_log(postgres: str) -> None:
    async with made_gateway(postgres, FailingLog(), MemoryObjects()) as gateway:
        written = await write_history(gateway)
        assert await rebuild(gateway.log, gateway.database) == written
