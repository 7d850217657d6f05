"""Others read, write and fold while a rebuild goes on, and while it switches."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.testing.author import Author
from aik_gateway.readmodel.fitting import make_fit
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_rebuilds import (
    columns_of_track,
    folded_history,
    spoil_tables,
    until_somebody_waits_for,
    write_history,
)
from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import GatewayStack, in_background, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


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


async def test_a_reader_keeps_its_view_while_another_schema_takes_over(gateway: GatewayStack) -> None:
    await folded_history(gateway)
    async with gateway.database.snapshot() as reader, asyncio.timeout(30):
        tracks = text("SELECT * FROM track ORDER BY id")
        before = (await reader.execute(tracks)).all()
        await gateway.rebuilding().rebuild()
        assert (await reader.execute(tracks)).all() == before


async def test_a_table_in_use_is_waited_for_without_keeping_readers_from_it(gateway: GatewayStack) -> None:
    await spoil_tables(gateway)
    async with gateway.database.begin() as reading, asyncio.timeout(30):
        await reading.execute(text("SELECT FROM track"))
        async with in_background(make_fit(gateway.database, pause_s=0.5)):
            await until_somebody_waits_for(reading, gateway)
            async with gateway.database.begin() as other:
                await other.execute(text("SELECT FROM track"))
            await reading.commit()
            while "title" not in await columns_of_track(gateway):
                await asyncio.sleep(0.05)
