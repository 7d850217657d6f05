"""Rows as answers."""

from collections.abc import Callable

from aik_events.track import Failure, JobState, StepProgress, StepState

from aik_gateway.api.replies import EventBody, FailureBody, JobBody, StepBody, TrackBody, VersionBody
from aik_gateway.readmodel.tables import JobRow, TimelineRow, TrackRow, VersionRow

Share = Callable[[str, int, str], float]
"""(job, run, step) → 0…1 of the running step's work."""


def job_body(job: JobRow, share: Share) -> JobBody:
    """Its percent: the closed steps and the share of the running one, out of all steps."""
    steps = [_step(job, StepProgress.model_validate(step), share) for step in job.steps]
    at = next((step for step in steps if step.state != StepState.SUCCEEDED), None)
    failure = None if job.failure is None else Failure.model_validate(job.failure)
    return JobBody(
        job_id=job.id,
        track_id=job.track_id,
        version=job.version,
        state=job.state,
        step=at.step if at is not None and job.state != JobState.CANCELED else None,
        percent=sum(step.percent for step in steps) // max(len(steps), 1),
        attempt=job.run + 1,
        steps=steps,
        failure=None if failure is None else FailureBody(**failure.model_dump()),
    )


def _step(job: JobRow, step: StepProgress, share: Share) -> StepBody:
    match step.state:
        case StepState.SUCCEEDED:
            percent = 100
        case StepState.RUNNING:
            percent = int(100 * share(job.id, job.run, step.step))
        case _:
            percent = 0
    return StepBody(
        step=step.step,
        state=step.state,
        percent=percent,
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


def track_body(track: TrackRow, job: JobRow, share: Share) -> TrackBody:
    return TrackBody(
        track_id=track.id,
        title=track.title,
        artist=track.artist,
        language=track.language,
        duration_ms=track.duration_ms,
        newest_version=track.newest_version,
        published_version=track.published_version,
        job=job_body(job, share),
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
