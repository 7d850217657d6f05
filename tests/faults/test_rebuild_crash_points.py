"""A rebuild may be killed before and after every commit: what served serves on, and the next one finishes the work."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from aik_events import topics
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import MemorySpans
from aik_events.testing.author import Author
from aik_gateway.readmodel.following import FollowingDatabase
from aik_gateway.readmodel.generations import PREVIOUS, SERVED, Generations, served_database
from aik_gateway.rebuild.rebuilding import Rebuilding
from aik_gateway.rebuild.workers import OneProcess
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.faults.crash.life import Life, live
from tests.faults.crash.ports import MortalDatabase
from tests.pipeline.gateway_stack import GatewayStack, made_gateway

TRACKS = ("trk_0", "trk_1")
"""They lie in different partitions."""
FILLED = ["commit of PartitionFilling.take", "commit of PartitionFilling.take (2)"]
BEGUN = ["commit of Generations.note_first", "commit of Database.create", "commit of Generations.begin"]
OPENED, SWITCHED = ["commit of Database.create", "commit of Inbox.prepare"], "commit of Levelling.level"


class MortalFollowing(MortalDatabase, FollowingDatabase):
    """What serves, whose schema may be another at the next transaction."""


@dataclass
class World:
    """A gateway whose projector folds on while rebuilds are killed beside it."""

    gateway: GatewayStack
    log: MemoryLog
    authors: Sequence[Author] = field(default_factory=lambda: [Author(track) for track in TRACKS])

    async def begin(self) -> None:
        assert len({self.log.partition_of(topics.TRACKS, track) for track in TRACKS}) == len(TRACKS)
        for author in self.authors:
            await self.log.append(author.imported(lyrics=True))

    async def go_on(self) -> None:
        """Something new is in each of the partitions, and folded into what serves."""
        for author in self.authors:
            await self.log.append(author.edited())
        await self.gateway.until_folded()

    async def schemas(self) -> set[str]:
        """Those in Postgres that are of this family."""
        names = text("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, :family) AND nspname <> :private")
        about = {"family": self.gateway.generations.family, "private": self.gateway.private.schema}
        async with self.gateway.private.begin() as connection:
            return set((await connection.execute(names, about)).scalars())


@pytest.fixture
async def world(postgres: str) -> AsyncIterator[World]:
    log = MemoryLog()
    async with made_gateway(postgres, log, MemoryObjects()) as made, made.projecting():
        world = World(made, log)
        await world.begin()
        await world.go_on()
        yield world


Work = Callable[[Rebuilding], Awaitable[object]]
REBUILD: Sequence[str] = [
    *BEGUN,
    "commit of Database.create (2)",
    OPENED[1],
    *FILLED,
    SWITCHED,
    "commit of Generations.drop",
]
WORKS: dict[str, tuple[Work, Sequence[str]]] = {
    "rebuild": (lambda it: it.rebuild(), REBUILD),
    "the way back": (lambda it: it.back(), [*OPENED, *FILLED, SWITCHED]),
}


@pytest.mark.parametrize(("work", "commits"), WORKS.values(), ids=list(WORKS))
async def test_what_serves_is_whole_wherever_a_rebuild_is_killed_and_the_next_one_finishes(
    world: World, work: Work, commits: Sequence[str]
) -> None:
    """Between two commits it only looks: dying before one is dying after the last, but that transactions are open."""
    for _ in range(2):  # So that there is one to go back to, and one to retire.
        await world.gateway.rebuilding().rebuild()
    await world.go_on()
    assert await lived(world, work, None) == [f"{side} {commit}" for commit in commits for side in ("before", "after")]
    for point in (f"before {FILLED[1]}", f"before {SWITCHED}", *(f"after {commit}" for commit in commits)):
        try:
            assert (await lived(world, work, point))[-1] == point
        except Exception as error:
            error.add_note(f"killed {point}")
            raise


async def lived(world: World, work: Work, killed: str | None) -> Sequence[str]:
    """The points of one that was killed at one of them, or not at all; the next one is a rebuild, and is checked."""
    gateway, life = world.gateway, Life(killed)
    before = await gateway.rows()
    await live(life, one_process(life, world, work))
    assert await gateway.rows() == before
    await world.go_on()
    before = await gateway.rows()
    compared = await gateway.rebuilding().rebuild()
    assert (compared.differing, compared.tables is not None) == (0, True)
    assert await gateway.rows() == before
    states = {one.name: one.state for one in await gateway.generations.all()}
    assert sorted(states.values()) == [PREVIOUS, SERVED], states
    assert await world.schemas() == states.keys(), "nothing else is left of those that were killed"
    await world.go_on()
    return life.points


async def one_process(life: Life, world: World, work: Work) -> None:
    """One that folds a partition in a transaction."""
    gateway, postgres = world.gateway, world.gateway.postgres
    private, family = MortalDatabase(life, postgres, gateway.private.schema), gateway.generations.family
    served = served_database(postgres, private.schema, family, code=None, opens=partial(MortalFollowing, life))
    opens = partial(MortalDatabase, life)
    mortal = replace(
        gateway.rebuilding(OneProcess(MemorySpans(world.log), postgres, opens)),
        served=served,
        generations=Generations(private, family, gateway.clock),
        opens=opens,
    )
    try:
        await work(mortal)
    finally:
        await served.close()
        await private.close()
