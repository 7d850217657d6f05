"""The inbox: position, folded state and tasks move together, or not at all."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from aik_events.catalogue import JobStepStarted
from aik_events.envelope import Partition
from aik_events.log import Batch
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_events.topics import TRACKS
from aik_service.database import table_of
from aik_service.inbox import ForeignLog
from aik_service.inbox_tables import INBOX_TABLES, Folded, LogPosition
from aik_service.tasks import TASK, TASK_TABLES
from sqlalchemy import func, select
from sqlmodel import SQLModel

from tests.pipeline.poison import fold
from tests.pipeline.stack import Stack, meta


async def tasks(stack: Stack) -> list[str]:
    async with stack.database.begin() as connection:
        return sorted((await connection.execute(select(TASK.c.track_id))).scalars())


async def until_tasks(stack: Stack, *tracks: str) -> None:
    async with asyncio.timeout(10):
        while await tasks(stack) != sorted(tracks):
            await asyncio.sleep(0.01)


async def until_folded(stack: Stack) -> None:
    """Returns when every position is at the log's end."""
    position = table_of(LogPosition)
    async with asyncio.timeout(10):
        while True:
            ends = await stack.log.ends([TRACKS])
            async with stack.database.begin() as connection:
                done = (await connection.execute(select(func.sum(position.c.next)))).scalar_one()
            if done == sum(ends.values()):
                return
            await asyncio.sleep(0.01)


async def test_two_inboxes_of_one_group_fold_everything_once(stack: Stack) -> None:
    async with stack.folding(), stack.folding():
        tracks = [await stack.import_song("la") for _ in range(30)]
        await until_tasks(stack, *tracks)


async def test_whoever_held_a_partition_before_changes_nothing(stack: Stack) -> None:
    """A reader that still delivers a partition that another one has folded further is sent to the right place."""
    track = await stack.import_song("la")
    await stack.cancel(track)
    async with stack.folding():
        await until_folded(stack)
    inbox = stack.inbox()
    async with stack.log.read([TRACKS], group=None, start=all_from_the_beginning) as reader:
        batch = await anext(aiter(reader))
        before = await snapshot(stack)
        await inbox.take(reader, replace(batch, next=1, records=batch.records[:1]))
    assert await snapshot(stack) == before


async def all_from_the_beginning(partitions: Sequence[Partition]) -> dict[Partition, int]:
    return dict.fromkeys(partitions, 0)


async def snapshot(stack: Stack) -> list[object]:
    async with stack.database.begin() as connection:
        tables: list[type[SQLModel]] = [*INBOX_TABLES, *TASK_TABLES]
        return [sorted(map(repr, await connection.execute(table_of(t).select()))) for t in tables]


async def test_a_schema_that_was_dropped_is_folded_again_to_the_same_rows(stack: Stack) -> None:
    async with stack.folding():
        tracks = [await stack.import_song("la") for _ in range(10)]
        await stack.cancel(tracks[0])
        await until_folded(stack)
    table = table_of(Folded)
    folded = select(table.c.key, table.c.state).order_by(table.c.key)
    async with stack.database.begin() as connection:
        before = (await connection.execute(folded)).all()
    await stack.database.drop()
    await stack.database.create([*INBOX_TABLES, *TASK_TABLES])
    async with stack.folding():
        await until_folded(stack)
        assert await tasks(stack) == sorted(tracks[1:])
    async with stack.database.begin() as connection:
        assert (await connection.execute(folded)).all() == before


async def test_attempts_count_on_from_the_highest_that_was_folded(stack: Stack) -> None:
    """Also when the schema is folded in many batches, and made the task before it read of the attempts."""
    async with stack.folding():
        track = await stack.import_song("la")
        await until_tasks(stack, track)
        stale = await stack.queue().take()
        about = {"job_id": f"job_{track}", "run": 0, "step": "separate", "attempt": 4}
        await stack.log.append(JobStepStarted.model_validate({"meta": meta(track), **about}))
        await until_folded(stack)
        fresh = await stack.queue("two").take()
    assert stale is not None
    assert fresh is not None
    assert (stale.attempt, fresh.attempt) == (1, 5)
    assert not await stack.queue().renew(stale)


async def test_nothing_is_leased_before_the_old_log_is_folded(stack: Stack) -> None:
    """What the end of the old log withdraws must not be started by a schema that has not read so far."""
    track = await stack.import_song("la")
    inbox = stack.inbox()
    await stack.cancel(track)
    await inbox.prepare()
    async with stack.log.read([TRACKS], group=None, start=all_from_the_beginning) as reader:
        batch = await anext(aiter(reader))
        await inbox.take(reader, replace(batch, next=1, records=batch.records[:1]))
    assert await tasks(stack) == [track]
    assert await stack.queue().take() is None


async def test_another_cluster_is_refused(stack: Stack) -> None:
    await stack.inbox().prepare()

    class Foreign(MemoryLog):
        async def identity(self) -> str:
            return "another"

    stack.log = Foreign()
    with pytest.raises(ForeignLog):
        await stack.inbox().prepare()


async def test_what_was_folded_is_told_once_it_is_stored_and_never_twice(stack: Stack) -> None:
    heard: list[str] = []
    inbox = stack.inbox(told=lambda changes: heard.extend(change.event.meta.subject for change in changes))
    await inbox.prepare()
    tracks = [await stack.import_song("la") for _ in range(3)]
    for _ in range(2):
        await fold(inbox, stack.database, stack.log)
    assert sorted(heard) == sorted(tracks)
    partition = stack.log.partition_of(TRACKS, tracks[0])
    stale = Batch(partition, 0, 1, stack.log.slice_of(partition, 0)[:1])
    await inbox.take(MemoryReader(stack.log, [], all_from_the_beginning), stale)
    assert sorted(heard) == sorted(tracks), "somebody else has the partition"
