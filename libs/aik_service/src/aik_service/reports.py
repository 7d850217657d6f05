"""What a worker tells the log about its attempt; the ids follow from the attempt, so that telling twice is harmless."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from aik_events.catalogue import JobFailed, JobStepFailed, JobStepStarted, StepProgressed
from aik_events.event import Event, Meta, Qc
from aik_events.ids import new_event_id, step_event_id
from aik_events.log import Log

from aik_service import tracing
from aik_service.leases import Lease
from aik_service.memo import Manifest
from aik_service.service import StepService
from aik_service.step import BadInput

PROGRESS_EVERY_S = 0.5
MOST_DETAIL = 2_000


class Reporter:
    def __init__(self, service: StepService, log: Log, lease: Lease) -> None:
        self._service = service
        self._log = log
        self._lease = lease
        self._last_progress = 0.0
        self._sending: set[asyncio.Task[None]] = set()

    async def started(self) -> None:
        event_id = self._id(JobStepStarted, with_attempt=True)
        cause = self._lease.track.job.advanced_by if self._lease.track.job else None
        await self._log.append(
            JobStepStarted(meta=self._meta(event_id, cause), **self._about(), duration_ms=self._lease.track.duration_ms)
        )

    async def finished(self, manifest: Manifest) -> None:
        result = self._service.result
        body = {**self._about(), "artefacts": manifest.artefacts, "engine": manifest.engine["name"], **manifest.facts}
        meta = self._meta(self._id(result, with_attempt=False), self._cause())
        await self._log.append(result.model_validate({"meta": meta, **body}))

    async def refused(self, error: BadInput) -> None:
        """Final at once: the input would be refused again."""
        qc = error.facts.get("qc")
        await self._fail(error.code, error.detail, retryable=False, qc=Qc.model_validate(qc) if qc else None)

    async def failed(self, code: str, detail: str) -> None:
        await self._fail(code, detail, retryable=True)

    async def failed_for_now(self, code: str, detail: str, retry_in_s: float) -> None:
        meta = self._meta(self._id(JobStepFailed, with_attempt=True), self._cause())
        retry_in_ms = round(retry_in_s * 1000)
        await self._log.append(
            JobStepFailed(meta=meta, **self._about(), code=code, detail=_storable(detail), retry_in_ms=retry_in_ms)
        )

    def progressed(self, share: float) -> None:
        """Sent now and then, and not waited for."""
        now = time.monotonic()
        if now - self._last_progress < PROGRESS_EVERY_S:
            return
        self._last_progress = now
        event = StepProgressed(meta=self._meta(new_event_id(), self._cause()), **self._about(), share=share)
        sending = asyncio.create_task(self._log.fire(event))
        self._sending.add(sending)
        sending.add_done_callback(self._sending.discard)

    async def _fail(self, code: str, detail: str, *, retryable: bool, qc: Qc | None = None) -> None:
        meta = self._meta(self._id(JobFailed, with_attempt=True), self._cause())
        await self._log.append(
            JobFailed(meta=meta, **self._about(), code=code, detail=_storable(detail), retryable=retryable, qc=qc)
        )

    def _about(self) -> dict[str, Any]:
        lease = self._lease
        return {"job_id": lease.job_id, "run": lease.run, "step": lease.step, "attempt": lease.attempt}

    def _cause(self) -> str:
        return self._id(JobStepStarted, with_attempt=True)

    def _id(self, event: type[Event], *, with_attempt: bool) -> str:
        lease = self._lease
        return step_event_id(lease.job_id, lease.run, lease.step, event.TYPE, lease.attempt if with_attempt else None)

    def _meta(self, event_id: str, cause: str | None) -> Meta:
        return Meta(
            id=event_id,
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
