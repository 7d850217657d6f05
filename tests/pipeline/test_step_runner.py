"""The step runner: computed once, told once, whatever happens in between."""

import asyncio
from datetime import timedelta

import pytest
from aik_events.catalogue import JobFailed, JobStepFailed, TrackSeparated
from aik_events.ids import step_event_id
from aik_service.leases import Lease
from aik_service.runner import Runner
from aik_service.task_queue import TaskLease, TaskQueue
from aik_service.tasks import TASK
from sqlalchemy import func, update

from tests.pipeline.stack import SETTINGS, Stack


async def leased(stack: Stack, worker: str = "one") -> TaskLease:
    """The next task, as soon as the inbox has made it."""
    queue = stack.queue(worker)
    async with asyncio.timeout(10):
        while (lease := await queue.take()) is None:
            await asyncio.sleep(0.01)
    return lease


async def until(stack: Stack, track: str, *types: str) -> None:
    """Returns when the track's log ends with these types."""
    async with asyncio.timeout(20):
        while (await stack.types(track))[-len(types) :] != list(types):
            await asyncio.sleep(0.01)


async def test_a_wanted_step_is_done_and_told(stack: Stack) -> None:
    track = await stack.import_song("la la")
    async with stack.folding(), stack.working():
        await until(stack, track, "track.imported", "job.step_started", "track.separated")
    result = (await stack.events(track))[-1]
    assert isinstance(result, TrackSeparated)
    assert (result.duration_ms, result.engine, sorted(result.artefacts)) == (5, "shouter", ["accompaniment", "vocals"])
    assert stack.objects.stored[result.artefacts["vocals"].key] == b"LA LA"


async def test_every_event_names_its_cause_and_stays_in_the_trace(stack: Stack) -> None:
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        await runner.work(await leased(stack))
    imported, started, separated = await stack.events(track)
    assert [started.meta.causation_id, separated.meta.causation_id] == [imported.meta.id, started.meta.id]


async def test_bad_input_fails_at_once_and_for_good(stack: Stack) -> None:
    track = await stack.import_song("refuse")
    async with stack.folding(), stack.working():
        await until(stack, track, "job.step_started", "job.failed")
    failure = (await stack.events(track))[-1]
    assert isinstance(failure, JobFailed)
    assert (failure.code, failure.detail, failure.retryable) == ("not-audio", "Upload a song.", False)


@pytest.mark.parametrize("song", ["break", "die", "forget"])
async def test_a_broken_engine_is_tried_again_and_then_fails_the_job(stack: Stack, song: str) -> None:
    track = await stack.import_song(song)
    async with stack.folding(), stack.working():
        await until(stack, track, "job.step_started", "job.failed")
    failures = [e for e in await stack.events(track) if isinstance(e, (JobStepFailed, JobFailed))]
    assert all("\0" not in failure.detail for failure in failures)
    told = [(failure.type, failure.attempt) for failure in failures]
    assert told == [("job.step_failed", 1), ("job.step_failed", 2), ("job.failed", 3)]


async def test_one_bad_song_does_not_hold_up_the_next(stack: Stack) -> None:
    bad, good = await stack.import_song("refuse"), await stack.import_song("la")
    async with stack.folding(), stack.working():
        await until(stack, bad, "job.failed")
        await until(stack, good, "track.separated")


async def test_a_step_whose_manifest_is_there_computes_nothing_and_tells_the_same(stack: Stack) -> None:
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        lease = await leased(stack)
        await runner.work(lease)
        await stack.objects.put(f"assets/{track}/source.txt", b"refuse", "text/plain")
        await runner.work(lease)
    first, second = [e for e in await stack.events(track) if isinstance(e, TrackSeparated)]
    assert second.meta.id == first.meta.id
    assert second.artefacts == first.artefacts


async def test_a_task_whose_event_is_told_is_not_taken_again(stack: Stack) -> None:
    await stack.import_song("la")
    async with stack.runner() as runner:
        async with stack.folding():
            lease = await leased(stack)
        await runner.work(lease)
        assert await stack.queue("two", ttl_s=0).take() is None


async def test_a_task_whose_event_changed_nothing_is_taken_again_after_a_while(stack: Stack) -> None:
    await stack.import_song("la")
    async with stack.folding():
        lease = await leased(stack)
    assert await stack.queue().park(lease)
    assert await stack.queue("two", ttl_s=0).take() is None
    async with stack.database.begin() as connection:
        await connection.execute(update(TASK).values(heartbeat_at=func.now() - timedelta(minutes=6)))
    again = await stack.queue("two", ttl_s=0).take()
    assert again is not None
    assert again.attempt == lease.attempt + 1


async def test_a_silent_workers_task_is_taken_over_with_the_next_attempt(stack: Stack) -> None:
    await stack.import_song("la")
    async with stack.folding():
        first = await leased(stack)
        second = await stack.queue("two", ttl_s=0).take()
    assert second is not None
    assert (first.attempt, second.attempt) == (1, 2)
    assert (first.job_id, first.run, first.step) == (second.job_id, second.run, second.step)


async def test_a_stale_worker_can_write_nothing(stack: Stack) -> None:
    await stack.import_song("la")
    async with stack.folding():
        stale = await leased(stack)
        fresh = await stack.queue("two", ttl_s=0).take()
    assert fresh is not None
    queue = stack.queue()
    assert [await queue.renew(stale), await queue.park(stale), await queue.give_back(stale)] == [False] * 3
    assert await queue.renew(fresh)


class Deaf(TaskQueue):
    """Doesn't hear that its leases are lost, as a worker that was stopped and goes on."""

    async def renew(self, lease: Lease) -> bool:
        return True


async def test_a_late_result_of_a_stale_worker_is_the_same_event(stack: Stack) -> None:
    track = await stack.import_song("la")
    deaf = Deaf(stack.database, worker="one", ttl_s=SETTINGS.lease_s)
    async with stack.folding(), stack.runner(queue=deaf) as one, stack.runner("two") as two:
        stale = await leased(stack)
        fresh = await stack.queue("two", ttl_s=0).take()
        assert fresh is not None
        await two.work(fresh)
        await one.work(stale)
    results = [e.meta.id for e in await stack.events(track) if isinstance(e, TrackSeparated)]
    assert results == [step_event_id(stale.job_id, 0, "separate", "track.separated")] * 2


async def test_a_canceled_job_stops_its_running_child(stack: Stack) -> None:
    track = await stack.import_song("hang")
    async with stack.folding(), stack.runner() as runner:
        working = asyncio.create_task(work_on_next(stack, runner))
        await until(stack, track, "job.step_started")
        await stack.cancel(track)
        async with asyncio.timeout(10):
            await working
    assert await stack.types(track) == ["track.imported", "job.step_started", "job.canceled"]


async def work_on_next(stack: Stack, runner: Runner) -> None:
    await runner.work(await leased(stack))


async def test_a_canceled_job_is_never_started(stack: Stack) -> None:
    track = await stack.import_song("la")
    await stack.cancel(track)
    async with stack.folding():
        other = await stack.import_song("la")
        assert (await leased(stack)).track.id == other
        assert await stack.queue("two").take() is None
