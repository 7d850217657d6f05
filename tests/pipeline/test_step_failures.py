"""What an attempt may come to besides its result: late, lost, handed back, or stopped by a server's outage."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import psutil
from aik_events.catalogue import JobFailed, JobStepFailed, JobStepStarted
from aik_events.event import Event
from aik_events.log import OutcomeUnknown, Position
from aik_events.log.memory import MemoryLog
from aik_service.backoff import exponential
from aik_service.database import Database
from aik_service.drafts import DRAFT
from aik_service.objects import ObjectsUnavailable
from aik_service.objects.memory import MemoryObjects
from aik_service.task_queue import TaskLease
from sqlalchemy import func, select

from tests.pipeline.stack import SETTINGS, Stack, in_background
from tests.pipeline.test_step_runner import leased, until


async def failures(stack: Stack, track: str) -> list[tuple[str, int, str]]:
    """(type, attempt, code) of each failure that was told."""
    told = await stack.events(track)
    return [(e.type, e.attempt, e.code) for e in told if isinstance(e, (JobStepFailed, JobFailed))]


async def test_a_step_that_takes_too_long_is_stopped_and_tried_again(stack: Stack) -> None:
    track = await stack.import_song("hang")
    short = SETTINGS.model_copy(update={"sla_base_s": 1.5, "sla_factor": 0.0, "max_attempts": 2})
    others = psutil.Process().children()
    async with stack.folding(), stack.runner(settings=short) as runner:
        await runner.work(await leased(stack))
        assert psutil.Process().children() == others, "the child is dead"
        await runner.work(await leased(stack))
    assert await failures(stack, track) == [
        ("job.step_failed", 1, "step-timeout"),
        ("job.failed", 2, "step-timeout"),
    ]
    started = [e.sla_ms for e in await stack.events(track) if isinstance(e, JobStepStarted)]
    assert started == [1500, 1500]


async def test_the_wait_doubles_with_every_failure_and_is_told(stack: Stack) -> None:
    track = await stack.import_song("break")
    patient = SETTINGS.model_copy(update={"retry_delay_s": 100.0})
    async with stack.folding(), stack.runner(settings=patient) as runner:
        await runner.work(await leased(stack))
        assert await stack.queue().take() is None
    [waited] = [e.retry_in_ms for e in await stack.events(track) if isinstance(e, JobStepFailed)]
    assert 75_000 <= waited <= 125_000
    assert [exponential(5, 300, failures) for failures in (1, 2, 3, 8, 2000)] == [5, 10, 20, 300, 300]


async def until_one_of(stack: Stack, tracks: Sequence[str], type_: str) -> str:
    """The track whose log ends with this type first."""
    async with asyncio.timeout(20):
        while True:
            for track in tracks:
                if (await stack.types(track))[-1] == type_:
                    return track
            await asyncio.sleep(0.01)


async def take_over(stack: Stack) -> TaskLease:
    lease = await stack.queue("another", ttl_s=0).take()
    assert lease is not None
    return lease


async def test_a_lost_worker_is_told_by_the_one_that_takes_over(stack: Stack) -> None:
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        await leased(stack)
        await runner.work(await take_over(stack))
    assert await failures(stack, track) == [("job.step_failed", 1, "worker-lost")]
    assert (await stack.types(track))[-2:] == ["job.step_started", "track.separated"]


async def test_lost_workers_are_not_failures_of_the_engine_but_have_an_end(stack: Stack) -> None:
    """A song that takes its whole worker with it must not do so for ever."""
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        await leased(stack)
        leases = [await take_over(stack) for _ in range(SETTINGS.max_losses)]
        assert [lease.failures for lease in leases] == [0] * SETTINGS.max_losses
        await runner.work(leases[-1])
    assert (await failures(stack, track))[-1] == ("job.failed", SETTINGS.max_losses + 1, "engine-failed")
    assert "job.step_started" not in await stack.types(track)


async def test_a_worker_that_is_told_to_end_finishes_what_it_has(stack: Stack) -> None:
    tracks = [await stack.import_song("slow") for _ in range(2)]
    async with stack.folding(), stack.runner() as runner:
        worker = stack.worker(runner)
        running = asyncio.create_task(worker.run())
        await until_one_of(stack, tracks, "job.step_started")
        worker.stop()
        await asyncio.wait_for(running, 20)
        assert sorted([(await stack.types(track))[-1] for track in tracks]) == ["track.imported", "track.separated"]
        assert (await leased(stack)).attempt == 1, "the other one was left for somebody else"


async def test_a_worker_that_is_ended_hands_its_task_back_at_once(stack: Stack) -> None:
    track = await stack.import_song("hang")
    async with stack.folding(), stack.runner() as runner:
        async with in_background(stack.worker(runner).run()):
            await until(stack, track, "job.step_started")
        again = await leased(stack, "another")
    assert (again.attempt, again.losses, again.failures, again.is_taken_over) == (2, 0, 0, False)


class AwayObjects(MemoryObjects):
    """Doesn't answer until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.away = True
        self.asked = asyncio.Event()

    async def fetch(self, key: str, target: Path) -> None:
        self._answer()
        await super().fetch(key, target)

    async def check(self) -> None:
        self._answer()
        self.asked.set()

    def _answer(self) -> None:
        if self.away:
            self.asked.set()
            raise ObjectsUnavailable("away")


async def test_an_outage_counts_as_nobodys_failure_and_stops_the_taking(stack: Stack) -> None:
    stack.objects = objects = AwayObjects()
    tracks = [await stack.import_song("la") for _ in range(2)]
    async with stack.folding(), stack.working():
        first = await until_one_of(stack, tracks, "job.step_failed")
        [second] = {*tracks} - {first}
        assert await stack.types(second) == ["track.imported"]
        objects.away = False
        await until(stack, first, "track.separated")
        await until(stack, second, "track.separated")
    assert await failures(stack, first) == [("job.step_failed", 1, "server-away")]
    assert await failures(stack, second) == []


class SlowObjects(MemoryObjects):
    """Takes longer for a file than a step may take."""

    async def fetch(self, key: str, target: Path) -> None:
        await asyncio.sleep(0.3)
        await super().fetch(key, target)


async def test_what_the_store_takes_is_no_part_of_the_steps_time(stack: Stack) -> None:
    stack.objects = SlowObjects()
    track = await stack.import_song("la")
    short = SETTINGS.model_copy(update={"sla_base_s": 0.25, "sla_factor": 0.0})
    async with stack.folding(), stack.runner(settings=short) as runner:
        warm = await leased(stack)
        await runner.work(warm)
    assert await failures(stack, track) == []


class RefusingObjects(MemoryObjects):
    """Answers, but never gives the file."""

    async def fetch(self, key: str, target: Path) -> None:
        raise ObjectsUnavailable("access denied")


async def test_what_is_refused_for_good_is_asked_for_less_and_less(stack: Stack) -> None:
    stack.objects = RefusingObjects()
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        await runner.work(await leased(stack))
        await runner.work(await leased(stack))
    failed = [e for e in await stack.events(track) if isinstance(e, JobStepFailed)]
    assert [e.retry_in_ms for e in failed] == [1000, 2000]
    assert {e.detail for e in failed} == {
        "A server does not answer (ObjectsUnavailable): the step goes on when it does."
    }


class BrokenObjects(MemoryObjects):
    """Raises what nobody has foreseen."""

    async def fetch(self, key: str, target: Path) -> None:
        raise OSError(f"no space left on 10.0.0.7:{target}")


async def test_clients_are_not_told_what_an_error_says_of_our_machines(stack: Stack) -> None:
    stack.objects = BrokenObjects()
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        await runner.work(await leased(stack))
    [failed] = [e for e in await stack.events(track) if isinstance(e, JobStepFailed)]
    assert failed.detail == "The step broke (OSError): the log of its service has the traceback."


class ForgetfulLog(MemoryLog):
    """The first result is in the log, but nobody hears so."""

    async def append(self, event: Event) -> Position:
        position = await super().append(event)
        if event.type == "track.separated" and position.offset == 2:
            raise OutcomeUnknown("no answer")
        return position


async def test_a_result_whose_append_is_uncertain_is_told_again_as_the_same_event(stack: Stack) -> None:
    stack.log = ForgetfulLog()
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        await runner.work(await leased(stack))
    results = [e.meta.id for e in await stack.events(track) if e.type == "track.separated"]
    assert len(set(results)) == 1


class StoppedInUpload(MemoryObjects):
    """The files arrive, and nobody hears so."""

    def __init__(self) -> None:
        super().__init__()
        self.hung = asyncio.Event()

    async def put(self, key: str, content: bytes | Path, content_type: str) -> None:
        await super().put(key, content, content_type)
        if "/artefacts/" in key:
            self.hung.set()
            await asyncio.Event().wait()


async def test_files_without_a_manifest_are_removed(stack: Stack) -> None:
    """A cancel, or a kill, between the first file and the manifest."""
    stack.objects = objects = StoppedInUpload()
    track = await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        working = asyncio.create_task(runner.work(await leased(stack)))
        await asyncio.wait_for(objects.hung.wait(), 20)
        assert await stack.drafts().sweep() == 0, "it is still being written"
        await stack.cancel(track)
        await asyncio.wait_for(working, 20)
    assert await stack.drafts().sweep() == 2
    assert sorted(objects.stored) == [f"assets/{track}/source.txt"]
    assert await drafts_of(stack.database) == 0


async def test_files_that_the_manifest_names_are_kept(stack: Stack) -> None:
    await stack.import_song("la")
    async with stack.folding(), stack.runner() as runner:
        lease = await leased(stack)
        await runner.work(lease)
        [manifest] = [key for key in stack.objects.stored if key.endswith("manifest.json")]
        folder = f"{manifest.rpartition('/')[0]}/{lease.attempt}-{lease.id.hex[:8]}"
        await stack.drafts().note(folder, manifest, lease.id)
    stored = dict(stack.objects.stored)
    assert len(stored) == 4
    assert await stack.drafts().sweep() == 0
    assert stack.objects.stored == stored


async def drafts_of(database: Database) -> int:
    async with database.begin() as connection:
        return int((await connection.execute(select(func.count()).select_from(DRAFT))).scalar_one())


async def test_a_source_that_is_gone_fails_the_job_at_once(stack: Stack) -> None:
    track = await stack.import_song("la")
    stack.objects.stored.clear()
    async with stack.folding(), stack.working():
        await until(stack, track, "job.failed")
    assert await failures(stack, track) == [("job.failed", 1, "source-gone")]
