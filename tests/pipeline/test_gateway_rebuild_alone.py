"""One rebuild or replay at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import Wanted
from aik_events.testing.author import Author
from aik_gateway.readmodel.generations import BUILDING, PREVIOUS, SERVED
from aik_gateway.rebuild.levelling import positions_of
from aik_gateway.rebuild.rebuilding import AnotherRebuild
from aik_gateway.rebuild.sandboxes import Sandboxes
from aik_gateway.rebuild.workers import Filler
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


@dataclass
class Meddled:
    """What is filled a second time is little, and filled while both are levelled: then this happens meanwhile."""

    gateway: GatewayStack
    filler: Filler
    meanwhile: Callable[[], Awaitable[None]]
    times: int = 0

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        await self.filler.fill(schema, wanted, chosen)
        self.times += 1
        if self.times == 1:
            await self.gateway.log.append(Author("trk_late").imported(lyrics=True))
            await self.gateway.until_folded()
        elif self.times == 2:
            await self.meanwhile()


async def is_refused(gateway: GatewayStack, meanwhile: Callable[[], Awaitable[None]]) -> bool:
    """The rebuild in which this happens after it was begun, and before it is switched to."""
    await folded_history(gateway)
    meddled = Meddled(gateway, gateway.rebuilding().filler, meanwhile)
    async with gateway.projecting():
        with pytest.raises(AnotherRebuild):
            await gateway.rebuilding(meddled).rebuild()
    return meddled.times > 1


async def test_a_schema_that_another_rebuild_began_anew_is_not_switched_to(gateway: GatewayStack) -> None:
    """The lock was lost for a while, and is free again."""

    async def begun_anew() -> None:
        rebuilding, gone = gateway.rebuilding(), await gateway.generations.of(BUILDING)
        assert gone is not None
        await gateway.generations.drop(gone)
        again = await gateway.generations.begin()
        assert again.name == gone.name
        async with rebuilding.opened(again) as database:
            await rebuilding.fill(database, await positions_of(gateway.database))

    assert await is_refused(gateway, begun_anew)
    assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]


async def test_nothing_is_switched_to_while_another_rebuild_has_the_lock(gateway: GatewayStack) -> None:
    async with AsyncExitStack() as other:

        async def lost() -> None:
            await end_who_has_the_lock(gateway)
            await other.enter_async_context(gateway.rebuilding().alone())

        assert await is_refused(gateway, lost)
    assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]


async def test_sandboxes_are_made_one_after_the_other(gateway: GatewayStack) -> None:
    async with gateway.rebuilding().alone():
        for work in (Sandboxes(gateway.rebuilding()).replay("box", None), Sandboxes(gateway.rebuilding()).diff("box")):
            with pytest.raises(AnotherRebuild):
                await work
