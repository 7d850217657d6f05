"""Two releases of a service beside each other: with one schema they share the log, with two each folds all of it."""

import asyncio
from dataclasses import replace

from aik_events.catalogue import TrackDetailsChanged
from aik_events.pipeline import Step
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_service.database import table_of
from aik_service.folding import TRACK_FOLD
from aik_service.inbox import Inbox
from aik_service.inbox_tables import Folded
from aik_service.tasks import TaskProjection
from sqlalchemy import select

from tests.pipeline.poison import decode_newer, held, retitled
from tests.pipeline.stack import Stack, in_background, made_stack, meta
from tests.pipeline.test_inbox import until_folded, until_tasks


async def test_a_release_with_another_version_of_the_state_takes_nothing_away_from_the_one_that_serves(
    stack: Stack, postgres: str
) -> None:
    """Else each would stand still for the tracks that the other one was given, until one of them is gone."""
    async with made_stack(postgres) as schema, stack.folding():
        beside = replace(stack, database=schema.database)
        async with beside.folding():
            tracks = [await stack.import_song("la") for _ in range(30)]
            for release in (stack, beside):
                await until_folded(release)
                await until_tasks(release, *tracks)


async def test_what_the_older_one_of_two_holds_is_read_when_it_is_gone_and_nothing_is_lost(stack: Stack) -> None:
    await stack.inbox().prepare()
    async with in_background(newer(stack).run()):
        async with stack.folding():
            tracks = [await stack.import_song("la") for _ in range(30)]
            for track in tracks:
                await retitle(stack, track)
            await until_folded(stack)
            assert await held(stack.database) != []
        async with asyncio.timeout(30):
            while await titles(stack) != dict.fromkeys(tracks, "New"):
                await asyncio.sleep(0.05)
    assert await held(stack.database) == []


def newer(stack: Stack) -> Inbox:
    log, database, group = stack.log, stack.database, "aik-separator"
    projection = TaskProjection(database, Step.SEPARATE)
    return Inbox(log, database, group=group, folds=[TRACK_FOLD], projection=projection, decode=decode_newer)


async def retitle(stack: Stack, track: str) -> None:
    """By an event of a type that the older release does not know."""
    value, headers = retitled(TrackDetailsChanged(meta=meta(track), changed=("title",), title="New"))
    await stack.log.append_raw(stack.log.partition_of(TRACKS, track), track.encode(), value, headers)


async def titles(stack: Stack) -> dict[str, str | None]:
    folded = table_of(Folded)
    async with stack.database.begin() as connection:
        rows = await connection.execute(select(folded.c.key, folded.c.state))
        return {key: Track.model_validate(state).title for key, state in rows}
