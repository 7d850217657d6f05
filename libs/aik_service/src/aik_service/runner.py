"""The step runner: leases a task, has it computed once, tells the log, and survives dying anywhere in between."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import structlog
from aik_events.log import AppendFailed, Log, LogUnavailable, OutcomeUnknown

from aik_service import metrics, tracing
from aik_service.database import OUTAGES as POSTGRES_AWAY
from aik_service.engine_process.parent import EngineFailed
from aik_service.heartbeat import LeaseLost, while_held
from aik_service.leases import Lease, Leases
from aik_service.memo import Manifest, Memo
from aik_service.objects import ObjectMissing, Objects, ObjectsUnavailable
from aik_service.recipe import Recipe, recipe_of
from aik_service.reports import Reporter
from aik_service.service import StepService
from aik_service.settings import StepSettings
from aik_service.step import BadInput, EngineIdentity, StepInput, StepOutput

log = structlog.get_logger()
OUTAGES = (LogUnavailable, OutcomeUnknown, AppendFailed, ObjectsUnavailable, *POSTGRES_AWAY)
"""Nobody's fault but a server's: the task goes back, and the attempt has not failed."""


class Computer(Protocol):
    """Runs handler and engine; killed when its caller is cancelled."""

    async def identity(self) -> EngineIdentity: ...
    async def handle(self, step: StepInput, progress: Callable[[float], None]) -> StepOutput: ...


class Runner:
    """Works on one task at a time. Nothing here is remembered: what matters is in the log, the store and the queue."""

    def __init__(
        self,
        service: StepService,
        settings: StepSettings,
        *,
        leases: Leases,
        log: Log,
        objects: Objects,
        computer: Computer,
        wait: Callable[[float], Any],
    ) -> None:
        self._service = service
        self._settings = settings
        self._leases = leases
        self._log = log
        self._objects = objects
        self._memo = Memo(objects)
        self._computer = computer
        self._wait = wait

    async def run(self) -> None:
        """Takes tasks for ever; sleeps until woken when there are none."""
        while True:
            try:
                lease = await self._leases.take()
            except POSTGRES_AWAY as error:
                log.warning("the queue can't be read", error=str(error))
                lease = None
            if lease is None:
                await self._wait(self._settings.poll_s)
            else:
                await self.work(lease)

    async def work(self, lease: Lease) -> None:
        """One attempt at one task, under its lease and inside its job's trace."""
        job = lease.track.job
        step = self._service.step.value
        with tracing.span(f"step {step}", job.traceparent if job else None):
            facts = {"track": lease.track.id, "job": lease.job_id, "step": step, "attempt": lease.attempt}
            started = time.monotonic()
            try:
                lease_s = self._settings.lease_s
                outcome = await while_held(self._attempt(lease), lease, self._leases, lease_s=lease_s)
            except LeaseLost:
                metrics.LEASES_LOST.labels(step).inc()
                outcome = "lease-lost"
            except OUTAGES as error:
                outcome = "outage"
                log.warning("a server is away, the task goes back", error=repr(error), **facts)
                await self._give_back_quietly(lease)
            metrics.STEPS.labels(step, outcome).inc()
            metrics.SECONDS.labels(step).observe(time.monotonic() - started)
            log.info("step ended", outcome=outcome, seconds=round(time.monotonic() - started, 2), **facts)

    async def _attempt(self, lease: Lease) -> str:
        report = Reporter(self._service, self._log, lease)
        await report.started()
        try:
            manifest = await self._made(lease, report)
            await report.finished(manifest)
        except BadInput as error:
            await report.refused(error)
            await self._leases.park(lease)
            return error.code
        except (EngineFailed, ObjectMissing) as error:
            return await self._failed(lease, report, error.code, str(error))
        except OUTAGES:
            raise
        except Exception as error:  # one task must not end the process, and with it every other task's turn
            log.exception("the step broke")
            return await self._failed(lease, report, EngineFailed.code, f"{type(error).__name__}: {error}")
        await self._leases.park(lease)
        return "succeeded"

    async def _failed(self, lease: Lease, report: Reporter, code: str, detail: str) -> str:
        log.warning("an attempt failed", detail=detail, code=code)
        if lease.attempt < self._settings.max_attempts:
            await report.failed_for_now(code, detail, self._settings.retry_delay_s)
            await self._leases.give_back(lease, after_s=self._settings.retry_delay_s)
        else:
            await report.failed(code, detail)
            await self._leases.park(lease)
        return code

    async def _made(self, lease: Lease, report: Reporter) -> Manifest:
        """What this step makes: found where it was made before, else computed and kept."""
        recipe = recipe_of(self._service, lease.track, await self._computer.identity())
        found = await self._memo.find(recipe)
        if found is not None:
            return found
        folder = Path(tempfile.mkdtemp(prefix=f"aik-{self._service.name}-", dir=self._settings.work))
        try:
            step = await self._downloaded(recipe, folder)
            metrics.COMPUTED.labels(recipe.step).inc()
            output = await self._computer.handle(step, report.progressed)
            return await self._memo.keep(recipe, output, attempt_name=f"{lease.attempt}-{lease.id.hex[:8]}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    async def _downloaded(self, recipe: Recipe, folder: Path) -> StepInput:
        out = folder / "out"
        out.mkdir()
        files = {kind: folder / f"{kind}{Path(input.key).suffix}" for kind, input in recipe.inputs.items()}
        for kind, path in files.items():
            await self._objects.fetch(recipe.inputs[kind].key, path)
        return StepInput(track_id=recipe.track_id, files=files, out=out, **recipe.facts)

    async def _give_back_quietly(self, lease: Lease) -> None:
        try:
            await self._leases.give_back(lease, after_s=self._settings.retry_delay_s)
        except POSTGRES_AWAY:
            log.warning("the lease runs out by itself", job=lease.job_id)
