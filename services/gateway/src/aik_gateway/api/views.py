"""Rows as answers."""

from datetime import timedelta

from aik_events.messages import body_of
from aik_events.track import Failure, JobState, StepProgress, StepState

from aik_gateway.api.replies import (
    AttemptBody,
    DeliveryBody,
    EndpointBody,
    EventBody,
    FailureBody,
    JobBody,
    SentRequest,
    StepBody,
    TrackBody,
    VersionBody,
)
from aik_gateway.eta import Estimate, Estimator
from aik_gateway.readmodel.lists import Delivery, DeliveryState, endpoint_state
from aik_gateway.readmodel.models.deliveries import DeliveryFactRow
from aik_gateway.readmodel.models.endpoints import EndpointRow
from aik_gateway.readmodel.models.timeline import TimelineRow
from aik_gateway.readmodel.models.tracks import JobRow, TrackRow, VersionRow


def job_body(job: JobRow, duration_ms: int | None, estimator: Estimator) -> JobBody:
    """`duration_ms` is the song's, as far as it is known."""
    steps = [StepProgress.model_validate(step) for step in job.steps]
    at = next((step for step in steps if step.state is not StepState.SUCCEEDED), None)
    estimate = estimator.job(job.id, job.run, steps, duration_ms)
    failure = None if job.failure is None else Failure.model_validate(job.failure)
    return JobBody(
        job_id=job.id,
        track_id=job.track_id,
        version=job.version,
        state=job.state,
        step=at.step if at is not None and job.state != JobState.CANCELED else None,
        percent=estimate.percent,
        eta_ms=estimate.eta_ms,
        attempt=job.run + 1,
        steps=[_step(step, estimator.step(job.id, job.run, step, duration_ms)) for step in steps],
        failure=None if failure is None else FailureBody(**failure.model_dump()),
    )


def _step(step: StepProgress, estimate: Estimate) -> StepBody:
    return StepBody(
        step=step.step,
        state=step.state,
        percent=estimate.percent,
        eta_ms=estimate.eta_ms,
        attempt=step.attempt,
        sla_ms=step.sla_ms,
        started_at=step.started_at,
        finished_at=step.finished_at,
    )


def event_body(row: TimelineRow) -> EventBody:
    return EventBody(
        id=row.event_id,
        type=row.type,
        time=row.time,
        offset=row.offset,
        accepted=row.reason is None,
        reason=row.reason,
        detail=row.detail,
        about=row.about,
    )


def track_body(track: TrackRow, job: JobRow, estimator: Estimator) -> TrackBody:
    return TrackBody(
        track_id=track.id,
        title=track.title,
        artist=track.artist,
        language=track.language,
        callback_url=track.callback_url,
        duration_ms=track.duration_ms,
        newest_version=track.newest_version,
        published_version=track.published_version,
        job=job_body(job, track.duration_ms, estimator),
        created_at=track.created_at,
    )


def version_body(version: VersionRow) -> VersionBody:
    return VersionBody(
        version=version.number,
        state=version.state,
        origin=version.origin,
        based_on=version.based_on,
        job_id=version.job_id,
        created_at=version.created_at,
        published_at=version.published_at,
        qc=version.qc,
    )


def endpoint_body(row: EndpointRow) -> EndpointBody:
    return EndpointBody(
        endpoint_id=row.id,
        url=row.url,
        state=endpoint_state(row),
        created_at=row.created_at,
        healthy_at=row.healthy_at,
        failing_since=row.failing_since,
        disabled_at=row.disabled_at,
        disabled_reason=row.disabled_reason,
    )


def delivery_body(delivery: Delivery, public_url: str) -> DeliveryBody:
    row = delivery.row
    return DeliveryBody(
        delivery_id=row.id,
        type=row.kind,
        state=DeliveryState(delivery.state),
        track_id=row.track_id,
        endpoint_id=row.endpoint_id,
        created_at=row.created_at,
        request=SentRequest(url=row.url, body=body_of(row.kind, row.created_at, row.data, public_url)),
        attempts=[_attempt(fact) for fact in delivery.attempts],
    )


def _attempt(fact: DeliveryFactRow) -> AttemptBody:
    retry_in_ms = fact.retry_in_ms
    return AttemptBody(
        attempt=fact.attempt or 0,
        time=fact.time,
        status=fact.status,
        latency_ms=fact.latency_ms or 0,
        error=fact.error,
        body=fact.body or "",
        retry_at=None if retry_in_ms is None else fact.time + timedelta(milliseconds=retry_in_ms),
    )
