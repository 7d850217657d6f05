"""Who is next: the client that was served least recently, then the higher priority, then the older task."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from aik_events.catalogue import JobStepFailed
from aik_events.event import Event
from aik_service.database import Database
from aik_service.task_queue import TaskQueue
from aik_service.tasks import TASK
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.pipeline.stack import Stack, meta
from tests.pipeline.test_inbox import until_tasks


async def taken(stack: Stack, count: int) -> list[str]:
    """The tracks of the next tasks, each taken and kept."""
    queue = stack.queue(ttl_s=60)
    leases = [await queue.take() for _ in range(count)]
    return [lease.track.id for lease in leases if lease is not None]


async def test_one_client_with_many_songs_does_not_starve_another_with_one(stack: Stack) -> None:
    async with stack.folding():
        many = [await stack.import_song("la", client="many") for _ in range(50)]
        await until_tasks(stack, *many)
        assert len(await taken(stack, 2)) == 2
        one = await stack.import_song("la", client="one")
        await until_tasks(stack, *many, one)
        assert await taken(stack, 1) == [one]


async def test_clients_with_many_songs_take_turns(stack: Stack) -> None:
    async with stack.folding():
        songs = {await stack.import_song("la", client=client): client for client in ("a", "a", "a", "b", "b", "b")}
        await until_tasks(stack, *songs)
        order = [songs[track] for track in await taken(stack, 6)]
    assert set(order[:2]) == set(order[2:4]) == set(order[4:]) == {"a", "b"}


async def test_priority_orders_the_jobs_of_one_client_only(stack: Stack) -> None:
    async with stack.folding():
        low, high = [await stack.import_song("la", client="a", priority=n) for n in (-1, 5)]
        other = await stack.import_song("la", client="b", priority=-100)
        await until_tasks(stack, low, high, other)
        order = await taken(stack, 3)
    assert order.index(high) < order.index(low)
    assert order.index(other) < 2


async def test_failures_and_losses_count_on_from_what_was_folded(stack: Stack) -> None:
    """So that a schema that is folded anew doesn't give every step its attempts again."""
    track = await stack.import_song("la")
    for attempt, code in enumerate(("engine-failed", "worker-lost", "server-away", "engine-failed"), start=1):
        await stack.log.append(failed(track, attempt, code))
    async with stack.folding():
        await until_tasks(stack, track)
        async with stack.database.begin() as connection:
            columns = select(TASK.c.attempt, TASK.c.failures, TASK.c.losses)
            assert (await connection.execute(columns)).one() == (4, 2, 1)


def failed(track: str, attempt: int, code: str) -> Event:
    about = {"job_id": f"job_{track}", "run": 0, "step": "separate", "attempt": attempt}
    return JobStepFailed.model_validate({"meta": meta(track), **about, "code": code, "detail": "", "retry_in_ms": 0})


async def test_a_lease_says_how_long_its_task_was_free(stack: Stack) -> None:
    """A worker's own time with it does not count, nor the time that the task itself had to wait."""
    minute = timedelta(minutes=1)
    queue = stack.queue(ttl_s=60)
    async with stack.folding():
        await until_tasks(stack, await stack.import_song("la"))
    for times, waited_s in (
        ({"run_after": func.now() - 5 * minute}, 300),
        ({"run_after": func.now() - 9 * minute, "heartbeat_at": func.now() - 3 * minute}, 120),
    ):
        await set_times(stack, times)
        lease = await queue.take()
        assert lease is not None
        assert waited_s <= lease.waited_s < waited_s + 30


async def set_times(stack: Stack, times: Mapping[str, object]) -> None:
    async with stack.database.begin() as connection:
        await connection.execute(update(TASK).values(times))


async def test_a_task_that_is_given_back_waits_its_time(stack: Stack) -> None:
    async with stack.folding():
        await until_tasks(stack, await stack.import_song("la"))
    queue = stack.queue()
    lease = await queue.take()
    assert lease is not None
    assert await queue.give_back(lease, after_s=60)
    assert await queue.take() is None


class Counting(Database):
    """How many transactions there were at the same time."""

    now = most = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            async with super().begin() as connection:
                yield connection
        finally:
            self.now -= 1


async def test_workers_of_one_process_that_wake_at_once_need_one_connection(stack: Stack, postgres: str) -> None:
    database = Counting(postgres, stack.database.schema)
    queue = TaskQueue(database, worker="one", ttl_s=60)
    async with stack.folding():
        songs = [await stack.import_song("la") for _ in range(2)]
        await until_tasks(stack, *songs)
        leases = await asyncio.gather(*(queue.take() for _ in range(4)))
    await database.close()
    assert {lease.track.id for lease in leases if lease is not None} == {*songs}
    assert database.most == 1
