"""The read model follows from the log alone: made anew beside the one that serves, it is the same."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import pytest
from aik_events.log import LogUnavailable
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import Wanted
from aik_events.testing.author import Author
from aik_events.testing.examples import examples
from aik_events.topics import WEBHOOKS
from aik_gateway.readmodel.generations import BUILDING, PREVIOUS, SERVED
from aik_gateway.rebuild.comparing import Difference
from aik_gateway.rebuild.rebuilding import AnotherRebuild, NothingToGoBackTo
from aik_gateway.rebuild.workers import Filler
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import GatewayStack, in_background, made_gateway


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


async def folded_history(gateway: GatewayStack) -> int:
    async with gateway.projecting():
        written = await write_history(gateway)
        await gateway.until_folded()
    return written


async def states(gateway: GatewayStack) -> Sequence[tuple[str, str]]:
    """Each schema, less the name that all begin with, and its state."""
    family = gateway.generations.family
    return [(one.name.removeprefix(family), one.state) for one in await gateway.generations.all()]


async def test_rebuilt_rows_are_the_rows_that_were_there(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    before = await gateway.rows()
    compared = await gateway.rebuilding().rebuild()
    assert (compared.records, compared.differing) == (written, 0)
    assert sum(table.rows for table in compared.tables or ()) > len(before)
    assert await gateway.rows() == before
    assert await states(gateway) == [("", PREVIOUS), ("_g2", SERVED)]


async def test_what_was_spoiled_is_shown_by_table_key_and_column_and_made_right(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    before = await gateway.rows()
    async with gateway.database.begin() as connection:
        await connection.execute(text("UPDATE track SET title = 'spoiled' WHERE id = 'trk_1'"))
        await connection.execute(text("DELETE FROM track WHERE id = 'trk_2'"))
        await connection.execute(text("UPDATE track SET id = 'trk_x' WHERE id = 'trk_3'"))
    compared = await gateway.rebuilding().rebuild()
    assert compared.tables is not None
    tracks = next(table for table in compared.tables if table.table == "track")
    assert compared.differing == tracks.differing == 4
    assert tracks.shown == [
        Difference("track", {"id": "trk_1"}, None, {"title": ("spoiled", None)}),
        Difference("track", {"id": "trk_2"}, "other", {}),
        Difference("track", {"id": "trk_3"}, "other", {}),
        Difference("track", {"id": "trk_x"}, "served", {}),
    ]
    assert await gateway.rows() == before


async def test_a_dry_run_switches_nothing_and_the_next_run_goes_on_with_what_it_made(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    await gateway.rebuilding().rebuild(dry=True)
    assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]
    counted = Counting(gateway.rebuilding().filler)
    await gateway.rebuilding(counted).rebuild()
    assert counted.records == 0
    assert await states(gateway) == [("", PREVIOUS), ("_g2", SERVED)]


async def test_the_way_back_is_one_command_and_misses_nothing(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    await gateway.rebuilding().rebuild()
    async with gateway.projecting():
        await gateway.log.append(Author("trk_late").imported(lyrics=True))
        await gateway.until_folded()
    before = await gateway.rows()
    assert (await gateway.rebuilding().back()).name == gateway.generations.family
    assert await gateway.rows() == before
    assert await states(gateway) == [("", SERVED), ("_g2", PREVIOUS)]


async def test_one_schema_is_kept_from_before_the_last_switch(gateway: GatewayStack) -> None:
    with pytest.raises(NothingToGoBackTo):
        await gateway.rebuilding().back()
    for _ in range(3):
        await gateway.rebuilding().rebuild()
    assert await states(gateway) == [("_g3", PREVIOUS), ("_g4", SERVED)]


async def test_a_lost_schema_is_rebuilt_from_nothing(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    before = await gateway.rows()
    await gateway.database.drop()
    compared = await gateway.rebuilding().rebuild()
    assert compared.tables is None
    assert await gateway.rows() == before


async def test_projectors_and_apis_follow_the_switch_under_way(gateway: GatewayStack) -> None:
    """Commands and reads go on while it is rebuilt twice; each answer is what a client expects."""
    async with gateway.projecting(), gateway.api() as client:
        await write_history(gateway)
        done = asyncio.Event()

        async def work() -> int:
            count = 0
            while not done.is_set():
                song = await imported(gateway, client)
                canceled = await client.post(f"/v1/jobs/{song.job_id}/cancel")
                assert (canceled.status_code, canceled.json()["state"]) == (200, "canceled")
                assert (await client.get(f"/v1/jobs/{song.job_id}")).json()["state"] == "canceled"
                count += 1
            return count

        working = [asyncio.create_task(work()) for _ in range(2)]
        compared = [await gateway.rebuilding().rebuild() for _ in range(2)]
        done.set()
        assert sum(await asyncio.gather(*working)) > 2
        await gateway.until_folded()
    assert [one.differing for one in compared] == [0, 0]
    assert all(one.tables is not None for one in compared)
    before = await gateway.rows()
    await gateway.rebuilding().rebuild()
    assert await gateway.rows() == before


async def test_a_batch_of_a_projector_counts_only_in_the_schema_that_serves(gateway: GatewayStack) -> None:
    """It waits for the switch, finds that its schema serves no more, and begins again in the other one."""
    await folded_history(gateway)
    await gateway.rebuilding().rebuild()
    first = await gateway.generations.named(gateway.generations.family)
    assert first is not None
    async with gateway.projecting(), asyncio.timeout(30):
        async with gateway.database.begin() as switching:
            await switching.execute(text("UPDATE log_position SET next = next"))
            await gateway.log.append(Author("trk_late").imported(lyrics=True))
            await until_somebody_waits_for(switching, gateway)
            await gateway.generations.switch(switching, first)
        await gateway.until_folded()
    served = await gateway.rows()
    assert sum("trk_late" in row for row in served) == 4
    async with Database(gateway.postgres, f"{first.name}_g2").begin() as connection:
        assert (await connection.execute(text("SELECT * FROM track WHERE id = 'trk_late'"))).all() == []


async def until_somebody_waits_for(connection: AsyncConnection, gateway: GatewayStack) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))")
    pid = {"pid": (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()}
    while True:
        async with gateway.database.begin() as other:
            if (await other.execute(waiting, pid)).scalar_one():
                return
        await asyncio.sleep(0.01)


async def test_a_reader_keeps_its_view_while_another_schema_takes_over(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    async with gateway.database.snapshot() as reader, asyncio.timeout(30):
        tracks = text("SELECT * FROM track ORDER BY id")
        before = (await reader.execute(tracks)).all()
        await gateway.rebuilding().rebuild()
        assert (await reader.execute(tracks)).all() == before


@dataclass
class Counting:
    filler: Filler
    records: int = 0

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        self.records += sum(map(len, wanted.values()))
        await self.filler.fill(schema, wanted, chosen)


@dataclass
class Failing:
    """Each of the first fills of one partition is its last: then it fails with this."""

    filler: Filler
    error: Exception
    times: int

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        for partition, span in wanted.items():
            await self.filler.fill(schema, {partition: span}, chosen)
            if self.times:
                self.times -= 1
                raise self.error


async def test_a_rebuild_waits_out_outages_of_the_log(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    failing = Failing(gateway.rebuilding().filler, LogUnavailable(), times=2)
    assert (await gateway.rebuilding(failing).rebuild()).records == written


async def test_a_rebuild_that_broke_is_gone_on_with_and_what_served_serves_until_then(gateway: GatewayStack) -> None:
    written = await folded_history(gateway)
    before = await gateway.rows()
    for _ in range(3):
        broken = Failing(gateway.rebuilding().filler, RuntimeError("killed"), times=1)
        with pytest.raises(RuntimeError):
            await gateway.rebuilding(broken).rebuild()
        assert await gateway.rows() == before
        assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]
    counted = Counting(gateway.rebuilding().filler)
    assert (await gateway.rebuilding(counted).rebuild()).differing == 0
    assert 0 < counted.records < written
    assert await gateway.rows() == before


async def test_only_one_rebuild_runs_at_a_time(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    release = asyncio.Event()

    class Waiting(Counting):
        async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
            self.records += 1
            await release.wait()
            await self.filler.fill(schema, wanted, chosen)

    waiting = Waiting(gateway.rebuilding().filler)
    async with in_background(gateway.rebuilding(waiting).rebuild()):
        while not waiting.records:
            await asyncio.sleep(0.01)
        with pytest.raises(AnotherRebuild):
            await gateway.rebuilding().rebuild()
        release.set()
        while await states(gateway) != [("", PREVIOUS), ("_g2", SERVED)]:
            await asyncio.sleep(0.01)
