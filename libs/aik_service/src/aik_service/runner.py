"""The step runner: has a leased task done once, tells the log, and survives dying anywhere in between."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from aik_events.catalogue.jobs import SERVER_AWAY
from aik_events.log import AppendFailed, Log, LogUnavailable, OutcomeUnknown
from opentelemetry.trace import SpanKind

from aik_service import metrics, tracing
from aik_service.backoff import exponential, jittered
from aik_service.database import OUTAGES as POSTGRES_AWAY
from aik_service.engine_process.parent import EngineFailed
from aik_service.heartbeat import LeaseLost, while_held
from aik_service.maker import Maker, StepTimeout
from aik_service.objects import Objects, ObjectsUnavailable
from aik_service.reports import Reporter
from aik_service.service import StepService
from aik_service.settings import StepSettings
from aik_service.step import BadInput
from aik_service.task_queue import TaskLease, TaskQueue

log = structlog.get_logger()
LOG_AWAY = (LogUnavailable, OutcomeUnknown, AppendFailed)
OUTAGES = (*LOG_AWAY, ObjectsUnavailable, *POSTGRES_AWAY)
"""Nobody's fault but a server's: the task goes back, and the attempt has not failed."""
SUCCEEDED, LEASE_LOST = "succeeded", "lease-lost"
JITTER = 0.25
PAUSE_S = 1.0
LONGEST_OUTAGE_WAIT_S = 60.0


class Runner:
    """One for each task that a process works on at a time; `withdrawn` is the ear of this one alone.

    Nothing here is remembered: what matters is in the log, the store and the queue.
    """

    def __init__(
        self,
        service: StepService,
        settings: StepSettings,
        *,
        queue: TaskQueue,
        log: Log,
        objects: Objects,
        maker: Maker,
        withdrawn: Callable[[float], Awaitable[None]],
    ) -> None:
        self._service = service
        self._settings = settings
        self._sla = settings.sla(service.sla)
        self._queue = queue
        self._log = log
        self._objects = objects
        self._maker = maker
        self._withdrawn = withdrawn
        metrics.begin_step(service.step.value)

    async def work(self, lease: TaskLease) -> None:
        """One attempt at one task, under its lease and inside its job's trace; cancelled, it hands the task back."""
        job, step = lease.track.job, self._service.step.value
        facts: tracing.Facts = {
            "track": lease.track.id,
            "job": lease.job_id,
            "step": step,
            "attempt": lease.attempt,
        }
        traceparent = job.traceparent if job else None
        tracing.passed(f"queue {step}", lease.waited_s, traceparent, about=facts)
        with tracing.span(f"step {step}", traceparent, kind=SpanKind.CONSUMER, about=facts) as span:
            started = time.monotonic()
            outcome = await self._outcome(lease)
            seconds = time.monotonic() - started
            tracing.ended(span, outcome, well=outcome in (SUCCEEDED, LEASE_LOST))
            metrics.STEPS.labels(step, outcome).inc()
            metrics.SECONDS.labels(step).observe(seconds)
            log.info("step ended", outcome=outcome, seconds=round(seconds, 2), **facts)
        if outcome == SERVER_AWAY:
            await self._until_servers_answer()

    async def _outcome(self, lease: TaskLease) -> str:
        report = Reporter(self._service, self._log, lease)
        try:
            attempt = self._attempt(lease, report)
            lease_s = self._settings.lease_s
            return await while_held(attempt, lease, self._queue, lease_s=lease_s, wait=self._withdrawn)
        except LeaseLost:
            if report.outcome is not None:  # Folded already, and so the task is gone.
                return report.outcome
            metrics.LEASES_LOST.labels(lease.step).inc()
            return LEASE_LOST
        except OUTAGES as error:
            log.warning("a server is away, the task goes back", error=repr(error), job=lease.job_id)
            await self._give_back_for_now(lease, report, type(error).__name__)
            return SERVER_AWAY
        except asyncio.CancelledError:
            log.info("this process ends, the task goes back", job=lease.job_id, step=lease.step)
            await self._give_back_quietly(lease, after_s=0)
            raise

    async def _attempt(self, lease: TaskLease, report: Reporter) -> str:
        if lease.is_taken_over:
            await report.taken_over()
        if lease.losses >= self._settings.max_losses:
            await report.failed(EngineFailed.code, f"{lease.losses} workers fell silent while they worked on this step")
            await self._queue.park(lease)
            return EngineFailed.code
        await report.started(sla_s=self._sla.limit_s(lease.track))
        try:
            manifest = await self._maker.make(lease, report.progressed, limit_s=self._sla.limit_s(lease.track))
            await report.finished(manifest)
        except BadInput as error:
            await report.refused(error)
            await self._queue.park(lease)
            return error.code
        except EngineFailed as error:
            return await self._failed(lease, report, error.code, str(error), why=error.log)
        except StepTimeout as error:
            return await self._failed(lease, report, error.code, str(error))
        except OUTAGES:
            raise
        except Exception as error:  # one task must not end the process, and with it every other task's turn
            log.exception("the step broke")
            told = f"The step broke ({type(error).__name__}): the log of its service has the traceback."
            return await self._failed(lease, report, EngineFailed.code, told)
        await self._queue.park(lease)
        return SUCCEEDED

    async def _failed(
        self, lease: TaskLease, report: Reporter, code: str, detail: str, *, why: str | None = None
    ) -> str:
        """`why` is for this log alone: it may name paths."""
        log.warning("an attempt failed", detail=why or detail, code=code, job=lease.job_id)
        metrics.FAILURES.labels(lease.step, code).inc()
        failures = lease.failures + 1
        if failures < self._settings.max_attempts:
            metrics.RETRIES.labels(lease.step).inc()
            wait_s = self._wait_s(lease, failures)
            await report.failed_for_now(code, detail, wait_s)
            await self._queue.give_back(lease, after_s=wait_s, failures=failures)
        else:
            await report.failed(code, detail)
            await self._queue.park(lease)
        return code

    def _wait_s(self, lease: TaskLease, failures: int) -> float:
        planned = exponential(self._settings.retry_delay_s, self._settings.retry_delay_max_s, failures)
        return jittered(planned, JITTER, *lease.key, lease.attempt)

    async def _give_back_for_now(self, lease: TaskLease, report: Reporter, what: str) -> None:
        """Tried again when the servers answer; told to the log if that is not the one that is away.

        First given back, since telling may take longer than the lease; later each time, since what is refused for good
        looks like an outage as well.
        """
        before = lease.attempt - 1 - lease.failures - lease.losses
        wait_s = exponential(PAUSE_S, LONGEST_OUTAGE_WAIT_S, before + 1)
        await self._give_back_quietly(lease, after_s=wait_s)
        try:
            told = f"A server does not answer ({what}): the step goes on when it does."
            await report.failed_for_now(SERVER_AWAY, told, wait_s)
        except LOG_AWAY:
            log.warning("the outage can't be told to the log", job=lease.job_id)

    async def _give_back_quietly(self, lease: TaskLease, *, after_s: float) -> None:
        try:
            await self._queue.give_back(lease, after_s=after_s)
        except POSTGRES_AWAY:
            log.warning("the lease runs out by itself", job=lease.job_id)

    async def _until_servers_answer(self) -> None:
        """Else every task that waits would be tried in vain, and told so."""
        while True:
            try:
                await asyncio.gather(self._log.identity(), self._objects.check())
                return
            except OUTAGES as error:
                log.warning("no task is taken while a server is away", error=repr(error))
                await asyncio.sleep(PAUSE_S)
