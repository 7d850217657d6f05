"""Rows as answers."""

from aik_events.track import Failure, JobState, StepProgress, StepState

from aik_gateway.api.replies import EventBody, FailureBody, JobBody, StepBody, TrackBody, VersionBody
from aik_gateway.eta import Estimate, Estimator
from aik_gateway.readmodel.tables import JobRow, TimelineRow, TrackRow, VersionRow


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
