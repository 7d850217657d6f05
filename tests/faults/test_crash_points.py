"""A process may be killed before and after every call that leaves it: the next one finishes what it began.

Killed in the test's own process: at the point an exception that no code of ours catches goes through the process, each
of its ports refuses from then on, and its tasks end; its open transactions are rolled back. So each of many points
costs a fraction of a second. What a real kill -9 does is seen where the suite's processes are killed at random.
"""

import re
from collections.abc import Sequence
from itertools import takewhile
from uuid import uuid4

import pytest
from aik_events.envelope import Partition
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_service.database import table_of
from aik_service.drafts import DRAFT
from aik_service.inbox_tables import Folded, LogPosition
from aik_service.memo import Manifest
from aik_service.objects.memory import MemoryObjects
from aik_service.tasks import TASK
from sqlalchemy import select

from tests.faults.crash.checks import (
    assert_each_result_counts_once,
    assert_legal,
    assert_named_objects_are_there,
    history_of,
)
from tests.faults.crash.life import Life, live
from tests.faults.crash.step_process import World
from tests.faults.crash.stories import STORIES, TRACK, Story, told
from tests.faults.judged import Judged

MEMO = re.compile("tracks/[^/]+/artefacts/[^/]+/[^/]+/manifest.json")
"""Where a step's own manifest is; a version's, which is one of its files, lies in an attempt's folder below it."""
POINTS = {
    "it is done": 38,
    "the engine breaks once": 40,
    "the song is refused": 10,
    "it is canceled while it computes": 10,
    "it is canceled while it sends files": 12,
    "it was done before": 24,
    "it is taken over": 42,
}


@pytest.mark.parametrize(("name", "points"), POINTS.items(), ids=[f"{name}-{n}-points" for name, n in POINTS.items()])
async def test_a_step_ends_as_it_should_wherever_its_process_is_killed(postgres: str, name: str, points: int) -> None:
    story = STORIES[name]
    own = await own_points(postgres, story)
    assert len(own) == points, own
    for point in own:
        try:
            assert (await lived(postgres, story, point))[-1] == point
        except Exception as error:
            error.add_note(f"killed {point}")
            raise


async def own_points(postgres: str, story: Story) -> Sequence[str]:
    """The points of a process that is not killed, without those at the beginning that another story has too."""
    points = await lived(postgres, story)
    if story is STORIES["it is done"] or story.is_new_from_the_start:
        return points
    others = await lived(postgres, STORIES["it is done"])
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(points, others, strict=False))
    return points[len(list(alike)) :]


async def lived(postgres: str, story: Story, killed: str | None = None) -> Sequence[str]:
    """The points of a process that was killed at one of them, or not at all; the next one finishes and is checked."""
    world = World(postgres, f"test_{uuid4().hex[:12]}")
    try:
        await story.before(world)
        life = Life(killed)
        await live(life, story.begun(life, world).run())
        if killed is not None:
            await world.let_leases_run_out()
            after = Life()
            await live(after, story.begun(after, world).run())
        await check(world, story)
        return life.points
    finally:
        await world.end()


async def check(world: World, story: Story) -> None:
    events = told(world.log)
    history = history_of(TRACK, events)
    assert [one.event.type for one in history if one.counts][-1] == story.ends_with
    assert all(one.verdict.accepted for one in history), "in turn, nothing comes too late"
    assert_legal(history)
    assert_each_result_counts_once(history)
    assert isinstance(world.objects, MemoryObjects)
    assert_named_objects_are_there(events, world.objects.stored)
    assert_no_file_is_left(world.objects)
    await assert_no_row_is_left(world)
    await assert_the_rows_are_those_of_the_log(world, history)


def assert_no_file_is_left(objects: MemoryObjects) -> None:
    """Whatever a step has made is named by a manifest."""
    stored = objects.stored
    memos = {key for key in stored if MEMO.fullmatch(key)}
    manifests = [Manifest.model_validate_json(stored[key]) for key in memos]
    named = {artefact.key for manifest in manifests for artefact in manifest.artefacts.values()}
    assert {key for key in stored if "/artefacts/" in key} - memos == named


async def assert_no_row_is_left(world: World) -> None:
    async with world.database.begin() as connection:
        for table in (TASK, DRAFT):
            assert (await connection.execute(select(table))).all() == []


async def assert_the_rows_are_those_of_the_log(world: World, history: Sequence[Judged]) -> None:
    folded, position = table_of(Folded), table_of(LogPosition)
    async with world.database.begin() as connection:
        states = [Track.model_validate(row.state) for row in await connection.execute(select(folded))]
        positions = {
            Partition(row.topic, row.partition): row.next for row in await connection.execute(select(position))
        }
    assert states == [history[-1].after]
    assert positions == await world.log.ends([TRACKS])
