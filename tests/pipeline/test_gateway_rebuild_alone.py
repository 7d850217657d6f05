"""One rebuild or replay at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import Wanted
from aik_gateway.readmodel.generations import PREVIOUS, SERVED
from aik_gateway.rebuild.rebuilding import AnotherRebuild
from aik_gateway.rebuild.sandboxes import Sandboxes
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_rebuilds import Counting, folded_history, states
from tests.pipeline.gateway_stack import GatewayStack, in_background, made_gateway


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(batch_size=7), MemoryObjects()) as made:
        yield made


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


async def test_the_lock_is_asked_for_again_when_its_connection_was_lost(gateway: GatewayStack) -> None:
    rebuilding = gateway.rebuilding()
    async with rebuilding.alone() as still:
        await still()
        await end_who_has_the_lock(gateway)
        await still()
        await end_who_has_the_lock(gateway)
        async with gateway.rebuilding().alone():
            with pytest.raises(AnotherRebuild):
                await still()


async def end_who_has_the_lock(gateway: GatewayStack) -> None:
    mine = "objid::bigint = hashtext(:name)::bigint & 4294967295"
    end = text(f"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND {mine}")  # noqa: S608 (ours)
    left = text(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {mine}")  # noqa: S608 (ours)
    name = {"name": f"{gateway.generations.family} rebuild"}
    async with gateway.private.begin() as connection, asyncio.timeout(10):
        await connection.execute(end, name)
        while (await connection.execute(left, name)).scalar_one():
            await asyncio.sleep(0.01)


async def test_a_schema_that_another_rebuild_began_anew_is_not_switched_to(gateway: GatewayStack) -> None:
    """The lock was lost for a while."""
    await folded_history(gateway)
    gone = await gateway.generations.begin()
    assert await gateway.generations.has(gone)
    await gateway.generations.drop(gone)
    again = await gateway.generations.begin()
    assert (again.name, await gateway.generations.has(gone)) == (gone.name, False)


async def test_sandboxes_are_made_one_after_the_other(gateway: GatewayStack) -> None:
    async with gateway.rebuilding().alone():
        for work in (Sandboxes(gateway.rebuilding()).replay("box", None), Sandboxes(gateway.rebuilding()).diff("box")):
            with pytest.raises(AnotherRebuild):
                await work
