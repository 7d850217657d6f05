"""How a job goes through its steps: started, failed, finished, canceled, retried."""

from typing import Any

from aik_events.catalogue import (
    JobCanceled,
    JobFailed,
    JobRetried,
    JobStepFailed,
    JobStepStarted,
    StepResult,
    TrackAligned,
    TrackChecked,
    TrackPublished,
    TrackSeparated,
    TrackTranscribed,
)
from aik_events.catalogue.jobs import SERVER_AWAY, WORKER_LOST, StepEvent
from aik_events.fold_versions import Decision
from aik_events.track import Failure, Job, JobState, StepProgress, StepState, Track, Version, VersionState
from aik_events.verdict import ACCEPTED, Verdict, rejected

QC_FAILED = "qc-failed"


def canceled(track: Track, event: JobCanceled) -> Decision:
    job = track.job
    if job is None or all(event.job_id != known.id for known in track.jobs):
        return track, rejected("unknown-job")
    if event.job_id != job.id or not job.is_open:
        return track, rejected("job-closed")
    version = _version(track, job).model_copy(update={"state": VersionState.CANCELED})
    return track.with_job(job.canceled(event.meta.time)).with_version(version), ACCEPTED


def retried(track: Track, event: JobRetried) -> Decision:
    job = track.job
    if job is None or all(event.job_id != known.id for known in track.jobs):
        return track, rejected("unknown-job")
    if event.job_id != job.id:
        return track, rejected("not-newest")
    if job.state is not JobState.FAILED or job.failure is None:
        return track, rejected("not-failed")
    if event.accept_qc and job.failure.code != QC_FAILED:
        return track, rejected("not-qc-failed")
    steps = tuple(step if step.state is StepState.SUCCEEDED else StepProgress(step=step.step) for step in job.steps)
    again = {
        "state": JobState.RUNNING,
        "run": job.run + 1,
        "steps": steps,
        "accept_qc": job.accept_qc or event.accept_qc,
        "failure": None,
        "finished_at": None,
        "advanced_by": event.meta.id,
        "traceparent": event.meta.traceparent,
    }
    version = _version(track, job).model_copy(update={"state": VersionState.PROCESSING})
    return track.with_job(job.model_copy(update=again)).with_version(version), ACCEPTED


def step_started(track: Track, event: JobStepStarted) -> Decision:
    job, step, verdict = _current(track, event)
    if job is None or step is None:
        return track, verdict
    if event.attempt <= step.attempt:
        return track, rejected("late", f"attempt {step.attempt} has started")
    started = step.model_copy(
        update={
            "state": StepState.RUNNING,
            "attempt": event.attempt,
            "sla_ms": event.sla_ms,
            "started_at": step.started_at or event.meta.time,
        }
    )
    return track.with_job(_with_step(job, started, state=JobState.RUNNING)), ACCEPTED


def step_failed(track: Track, event: JobStepFailed) -> Decision:
    job, step, verdict = _current(track, event)
    if job is None or step is None:
        return track, verdict
    if event.attempt < step.attempt:
        return track, rejected("late", f"attempt {step.attempt} has started")
    again: dict[str, Any] = {"state": StepState.RETRYING, "attempt": event.attempt}
    if event.code == WORKER_LOST:
        again["losses"] = step.losses + 1
    elif event.code != SERVER_AWAY:
        again["failures"] = step.failures + 1
    waiting = step.model_copy(update=again)
    return track.with_job(_with_step(job, waiting, state=JobState.RUNNING)), ACCEPTED


def failed(track: Track, event: JobFailed) -> Decision:
    job, step, verdict = _current(track, event)
    if job is None or step is None:
        return track, verdict
    if event.attempt < step.attempt:
        return track, rejected("late", f"attempt {step.attempt} has started")
    last = step.model_copy(update={"state": StepState.FAILED, "attempt": event.attempt, "finished_at": event.meta.time})
    failure = Failure(
        step=event.step,
        code=event.code,
        detail=event.detail,
        retryable=event.retryable,
        attempts=event.attempt,
    )
    closed = _with_step(job, last, state=JobState.FAILED, failure=failure, finished_at=event.meta.time)
    version = _version(track, job)
    version = version.model_copy(update={"state": VersionState.FAILED, "qc": event.qc or version.qc})
    return track.with_job(closed).with_version(version), ACCEPTED


def finished(track: Track, event: StepResult) -> Decision:
    """A result of any attempt closes its step once; the job has succeeded when no step is left."""
    job, step, verdict = _current(track, event)
    if job is None or step is None:
        return track, verdict
    done = step.model_copy(
        update={
            "state": StepState.SUCCEEDED,
            "attempt": max(step.attempt, event.attempt),
            "finished_at": event.meta.time,
        }
    )
    job = _with_step(job, done, state=JobState.RUNNING, advanced_by=event.meta.id)
    if job.next_step is None:
        job = job.model_copy(update={"state": JobState.SUCCEEDED, "finished_at": event.meta.time})
    return _with_result(track, job, event), ACCEPTED


def _with_result(track: Track, job: Job, event: StepResult) -> Track:
    """What each kind of result adds to the track, its version and its job."""
    version = _version(track, job)
    if event.made_with is not None:
        track = track.model_copy(update={"made_with": {**track.made_with, event.step: event.made_with}})
    if isinstance(event, TrackPublished):
        published = {"state": VersionState.PUBLISHED, "files": event.artefacts, "published_at": event.meta.time}
        return track.with_job(job).with_version(version.model_copy(update=published))
    job = job.model_copy(update={"inputs": {**job.inputs, **event.artefacts}})
    track = track.model_copy(update={"artefacts": {**track.artefacts, **event.artefacts}})
    match event:
        case TrackSeparated():
            track = track.model_copy(update={"duration_ms": event.duration_ms})
        case TrackTranscribed():
            track = track.model_copy(update={"language": track.language or event.language})
            version = version.model_copy(update={"lyrics": event.artefacts.get("lyrics", version.lyrics)})
        case TrackAligned():
            version = version.model_copy(update={"karaoke": event.artefacts.get("karaoke", version.karaoke)})
        case TrackChecked():
            version = version.model_copy(update={"qc": event.qc})
    return track.with_job(job).with_version(version)


def _current(track: Track, event: StepEvent) -> tuple[Job | None, StepProgress | None, Verdict]:
    """The job and step that the event is about, if it is about the run and the step that the job is at."""
    job = track.job
    if job is None or event.job_id != job.id or not job.is_open or event.run < job.run:
        return None, None, rejected("late")
    if event.run > job.run:
        return None, None, rejected("out-of-order", f"the job is in run {job.run}")
    if event.step == job.next_step:
        return job, job.progress_of(event.step), ACCEPTED
    known = job.progress_of(event.step)
    if known is not None and known.state is StepState.SUCCEEDED:
        return None, None, rejected("late")
    return None, None, rejected("out-of-order", f"the job is at {job.next_step}")


def _with_step(job: Job, step: StepProgress, **update: Any) -> Job:
    steps = tuple(step if known.step == step.step else known for known in job.steps)
    return job.model_copy(update={"steps": steps, **update})


def _version(track: Track, job: Job) -> Version:
    version = track.version(job.version)
    if version is None:
        raise AssertionError(f"job {job.id} has no version {job.version}")
    return version
