"""Several jobs at a time in one worker: each is leased, worked on, and ended, as if it were alone."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
from aik_events.catalogue import JobStepFailed
from aik_service.step import EngineIdentity, StepInput, StepOutput
from aik_service.tasks import TASK
from aik_service.testing.children import engine_children
from aik_service.testing.echo import Shouter, handle
from sqlalchemy import func, select, update

from tests.pipeline.stack import SETTINGS, Stack
from tests.pipeline.test_step_runner import leased, until

JOBS = 3
ENDED = ["track.imported", "job.step_started", "track.separated"]
CANCELED = ["track.imported", "job.step_started", "job.canceled"]


async def songs(stack: Stack, text: str) -> list[str]:
    return [await stack.import_song(text) for _ in range(JOBS)]


async def until_started(stack: Stack, tracks: Sequence[str]) -> None:
    for track in tracks:
        await until(stack, track, "job.step_started")


async def test_jobs_are_worked_on_at_the_same_time_in_one_child_and_each_ends_once(
    stack: Stack, tmp_path: Path
) -> None:
    door = tmp_path / "open"
    tracks = await songs(stack, f"until {door}")
    async with stack.folding(), stack.working(jobs=JOBS):
        await until_started(stack, tracks)
        assert len(engine_children()) == 1
        door.touch()
        for track in tracks:
            await until(stack, track, "track.separated")
    assert [await stack.types(track) for track in tracks] == [ENDED] * JOBS


async def test_one_that_is_canceled_leaves_the_others_at_work(stack: Stack, tmp_path: Path) -> None:
    door = tmp_path / "open"
    tracks = await songs(stack, f"until {door}")
    async with stack.folding(), stack.runners(jobs=JOBS) as runners:
        leases = [await leased(stack) for _ in runners]
        working = {
            lease.track.id: asyncio.create_task(runner.work(lease))
            for runner, lease in zip(runners, leases, strict=True)
        }
        await until_started(stack, tracks)
        await stack.cancel(tracks[1])
        async with asyncio.timeout(SETTINGS.lease_s / 3):  # Sooner than any heartbeat.
            await working[tracks[1]]
        door.touch()
        await asyncio.gather(*working.values())
    assert [await stack.types(track) for track in tracks] == [ENDED, CANCELED, ENDED]


async def test_a_worker_that_is_ended_hands_all_its_tasks_back_at_once(stack: Stack) -> None:
    tracks = await songs(stack, "hang")
    async with stack.folding():
        async with stack.working(jobs=JOBS):
            await until_started(stack, tracks)
        again = [await leased(stack, "another") for _ in tracks]
    assert {lease.track.id for lease in again} == {*tracks}
    assert {(lease.attempt, lease.losses, lease.failures) for lease in again} == {(2, 0, 0)}


async def test_a_crash_in_company_costs_nobody_else_an_attempt(stack: Stack) -> None:
    tracks = [await stack.import_song(text) for text in ("slow", "die", "slow")]
    async with stack.folding(), stack.working(jobs=JOBS):
        await until(stack, tracks[1], "job.failed")
        for track in tracks[::2]:
            await until(stack, track, "track.separated")
    assert [await stack.types(track) for track in tracks[::2]] == [ENDED] * 2


async def test_all_tasks_of_a_killed_worker_end_once_elsewhere(stack: Stack, postgres: str, tmp_path: Path) -> None:
    door = tmp_path / "open"
    text = f"until {door}"
    tracks = await songs(stack, text)
    async with stack.folding():
        with worker_process(stack, postgres, dict.fromkeys(tracks, text)) as process:
            await true(lambda: len(engine_children(process.pid)) == 1)
            while await held_by(stack, "killed") < JOBS:
                await asyncio.sleep(0.05)
            [child] = engine_children(process.pid)
            process.kill()
        await true(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
        door.touch()
        await let_leases_run_out(stack)
        async with stack.working("another", jobs=JOBS):
            for track in tracks:
                await until(stack, track, "track.separated")
    lost = ["track.imported", "job.step_failed", "job.step_started", "track.separated"]
    assert [await stack.types(track) for track in tracks] == [lost] * JOBS
    failures = [event for track in tracks for event in await stack.events(track) if isinstance(event, JobStepFailed)]
    assert [failure.code for failure in failures] == ["worker-lost"] * JOBS


@contextmanager
def worker_process(stack: Stack, postgres: str, texts: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "tests.pipeline.worker_process", stack.database.schema, postgres, str(JOBS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 (our own program)
        assert process.stdin is not None
        process.stdin.write(json.dumps(texts).encode() + b"\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


async def true(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.05)


async def held_by(stack: Stack, worker: str) -> int:
    async with stack.database.begin() as connection:
        count = select(func.count()).select_from(TASK).where(TASK.c.worker == worker)
        return int((await connection.execute(count)).scalar_one())


async def let_leases_run_out(stack: Stack) -> None:
    """As if the time of a lease had passed."""
    passed = timedelta(seconds=SETTINGS.lease_s + 1)
    async with stack.database.begin() as connection:
        await connection.execute(update(TASK).values(heartbeat_at=TASK.c.heartbeat_at - passed))


class Interrupted:
    """Waits for its turn longer than the step may take, and has to begin again when most of that time is over."""

    async def identity(self, engine: str) -> EngineIdentity:
        return Shouter.identity

    async def handle(
        self, engine: str, step: StepInput, progress: Callable[[float], None], begun: Callable[[], None]
    ) -> StepOutput:
        await asyncio.sleep(1.1 * LIMIT_S)
        for _ in range(2):
            begun()
            await asyncio.sleep(0.6 * LIMIT_S)
        return handle(step, Shouter(), progress)


LIMIT_S = 2.0


async def test_a_steps_time_is_that_of_its_last_beginning_alone(stack: Stack) -> None:
    track = await stack.import_song("la")
    short = SETTINGS.model_copy(update={"sla_base_s": LIMIT_S, "sla_factor": 0.0})
    async with stack.folding(), stack.runners(jobs=1, settings=short, computer=Interrupted()) as [runner]:
        await runner.work(await leased(stack))
    assert await stack.types(track) == ENDED
