"""The read model follows from the log alone."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.testing.author import Author
from aik_gateway.rebuild import rebuild
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_stack import GatewayStack, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


async def write_history(gateway: GatewayStack) -> int:
    """Ten tracks with edits, rejections, repeats, failures and retries; gives the number of records."""
    count = 0
    for number in range(10):
        author = Author(f"trk_{number}")
        first = author.imported(lyrics=True)
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
