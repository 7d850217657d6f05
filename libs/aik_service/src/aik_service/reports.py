"""What a worker tells the log about its attempt; the ids follow from the attempt, so that telling twice is harmless."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from aik_events.catalogue import JobFailed, JobStepFailed, JobStepStarted, StepProgressed
from aik_events.catalogue.jobs import WORKER_LOST
from aik_events.event import Event, Meta, Qc
from aik_events.ids import new_event_id, step_event_id
from aik_events.log import Log

from aik_service import tracing
from aik_service.memo import Manifest
from aik_service.service import StepService
from aik_service.step import BadInput
from aik_service.task_queue import TaskLease

PROGRESS_EVERY_S = 0.5
MOST_DETAIL = 2_000


class Reporter:
    def __init__(self, service: StepService, log: Log, lease: TaskLease) -> None:
        self._service = service
        self._log = log
        self._lease = lease
        self._last_progress = 0.0
        self._sending: asyncio.Task[None] | None = None
        self.outcome: str | None = None
        """What was told that ends the step: "succeeded", or the code of its failure."""

    async def taken_over(self) -> None:
        """Told in the name of the attempt before this one: its worker fell silent."""
        before = self._lease.attempt - 1
        detail = "its worker fell silent, another one has taken over"
        await self._failed_for_now(before, WORKER_LOST, detail, retry_in_s=0)

    async def started(self, *, sla_s: float) -> None:
        job, duration_ms = self._lease.track.job, self._lease.track.duration_ms
        meta = self._meta(JobStepStarted, self._lease.attempt, cause=job.advanced_by if job else None)
        about = self._about(self._lease.attempt)
        await self._log.append(JobStepStarted(meta=meta, **about, duration_ms=duration_ms, sla_ms=round(sla_s * 1000)))

    async def finished(self, manifest: Manifest) -> None:
        result = self._service.result
        about = {
            **self._about(self._lease.attempt),
            "artefacts": manifest.artefacts,
            "engine": manifest.engine["name"],
            "made_with": manifest.engine,
        }
        meta = self._meta(result, None, cause=self._start_of(self._lease.attempt))
        await self._log.append(result.model_validate({"meta": meta, **about, **manifest.facts}))
        self.outcome = "succeeded"

    async def refused(self, error: BadInput) -> None:
        """Final at once: the input would be refused again."""
        qc = error.facts.get("qc")
        await self._fail(error.code, error.detail, retryable=False, qc=Qc.model_validate(qc) if qc else None)

    async def failed(self, code: str, detail: str) -> None:
        await self._fail(code, detail, retryable=True)

    async def failed_for_now(self, code: str, detail: str, retry_in_s: float) -> None:
        await self._failed_for_now(self._lease.attempt, code, detail, retry_in_s)

    def progressed(self, share: float) -> None:
        """Sent now and then, and not waited for; left out while the last one is still on its way."""
        now = time.monotonic()
        if now - self._last_progress < PROGRESS_EVERY_S or (self._sending and not self._sending.done()):
            return
        self._last_progress = now
        meta = self._meta(StepProgressed, self._lease.attempt, cause=self._start_of(self._lease.attempt))
        meta = meta.model_copy(update={"id": new_event_id()})
        event = StepProgressed(meta=meta, **self._about(self._lease.attempt), share=share)
        self._sending = asyncio.create_task(self._log.fire(event))

    async def _failed_for_now(self, attempt: int, code: str, detail: str, retry_in_s: float) -> None:
        meta = self._meta(JobStepFailed, attempt, cause=self._start_of(attempt))
        retry_in_ms = round(retry_in_s * 1000)
        await self._log.append(
            JobStepFailed(
                meta=meta, **self._about(attempt), code=code, detail=_storable(detail), retry_in_ms=retry_in_ms
            )
        )

    async def _fail(self, code: str, detail: str, *, retryable: bool, qc: Qc | None = None) -> None:
        attempt = self._lease.attempt
        meta = self._meta(JobFailed, attempt, cause=self._start_of(attempt))
        await self._log.append(
            JobFailed(
                meta=meta, **self._about(attempt), code=code, detail=_storable(detail), retryable=retryable, qc=qc
            )
        )
        self.outcome = code

    def _about(self, attempt: int) -> dict[str, Any]:
        lease = self._lease
        return {"job_id": lease.job_id, "run": lease.run, "step": lease.step, "attempt": attempt}

    def _start_of(self, attempt: int) -> str:
        return self._id(JobStepStarted, attempt)

    def _id(self, event: type[Event], attempt: int | None) -> str:
        lease = self._lease
        return step_event_id(lease.job_id, lease.run, lease.step, event.TYPE, attempt)

    def _meta(self, event: type[Event], attempt: int | None, *, cause: str | None) -> Meta:
        return Meta(
            id=self._id(event, attempt),
            subject=self._lease.track.id,
            time=datetime.now(UTC),
            source=f"aik/{self._service.name}",
            client_id=self._lease.track.client_id,
            causation_id=cause,
            traceparent=tracing.traceparent(),
        )


def _storable(detail: str) -> str:
    """What an engine says may hold anything; an event is refused a NUL, and nobody reads a whole dump."""
    return detail.replace("\0", "")[:MOST_DETAIL]
