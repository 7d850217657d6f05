"""What an accepted event changed, in words: the difference between two states of a track."""

from collections.abc import Iterator, Mapping

from aik_events.catalogue import JobFailed, JobStepFailed, StepResult, TrackAligned, TrackChecked, TrackTranscribed
from aik_events.event import Artefact, Event, Qc
from aik_events.telling.sizes import size
from aik_events.track import Job, JobState, StepProgress, Track, Version

MOST_NAMED = 6


def changes(before: Track, after: Track, event: Event) -> Iterator[str]:
    """One phrase per change, the biggest first."""
    if after.deleted and not before.deleted:
        yield "track deleted"
    for version in after.versions:
        yield from _of_version(before.version(version.number), version)
    if after.job is not None:
        yield from _of_job(_job(before, after.job.id), after.job)
    yield from _of_event(event)
    yield from _of_details(before, after)


def _of_version(before: Version | None, after: Version) -> Iterator[str]:
    name = f"version {after.number}"
    if before is None:
        based_on = f", based on {after.based_on}" if after.based_on else ""
        yield f"{name}: new, {after.state.value} ({after.origin}{based_on})"
        return
    if before.state is not after.state:
        yield f"{name}: {before.state.value} → {after.state.value}"


def _of_job(before: Job | None, after: Job) -> Iterator[str]:
    if before is None:
        yield f"job {after.state.value}: {' → '.join(step.step for step in after.steps)}"
        return
    if before.state is not after.state:
        yield f"job: {before.state.value} → {after.state.value}"
    if before.run != after.run:
        yield f"run {after.run} begins at {after.next_step}"
    elif after.state is not JobState.CANCELED:
        for old, new in zip(before.steps, after.steps, strict=True):
            yield from _of_step(old, new)


def _of_step(before: StepProgress, after: StepProgress) -> Iterator[str]:
    if before.state is not after.state:
        yield f"step {after.step}: {before.state.value} → {after.state.value}"
    elif before.attempt != after.attempt:
        yield f"step {after.step}: attempt {before.attempt} → {after.attempt}"


def _of_event(event: Event) -> Iterator[str]:
    """What the event brought along."""
    if isinstance(event, StepResult):
        yield from _of_result(event)
    if isinstance(event, JobStepFailed):
        yield f"{event.code}: {event.detail}; again in {event.retry_in_ms / 1000:g} s"
    if isinstance(event, JobFailed):
        yield f"{event.code}: {event.detail}"
        if event.qc is not None:
            yield f"quality check: {_qc(event.qc)}"


def _of_result(result: StepResult) -> Iterator[str]:
    """What was found and made, and with which engine."""
    if isinstance(result, TrackTranscribed):
        yield f"heard the language {result.language}"
    if isinstance(result, TrackAligned):
        confidence = "" if result.confidence is None else f", confidence {round(result.confidence, 3)}"
        yield f"coverage {round(result.coverage, 3)}{confidence}"
    if isinstance(result, TrackChecked):
        yield f"quality check: {_qc(result.qc)}"
    if result.artefacts:
        yield f"made {_artefacts(result.artefacts)}"
    if result.made_with is not None:
        yield f"by {result.made_with.name} ({result.made_with.version})"
    elif result.engine is not None:
        yield f"by {result.engine}"


def _of_details(before: Track, after: Track) -> Iterator[str]:
    if before.source is None and after.source is not None:
        yield f"from {after.source.filename} ({size(after.source.size_bytes)})"
    for name in ("title", "artist", "language", "callback_url", "duration_ms"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name.replace('_', ' ')}: {new}" if old is None else f"{name.replace('_', ' ')}: {old} → {new}"


def _job(track: Track, job_id: str) -> Job | None:
    return next((job for job in track.jobs if job.id == job_id), None)


def _artefacts(artefacts: Mapping[str, Artefact]) -> str:
    if len(artefacts) > MOST_NAMED:
        return f"{len(artefacts)} files ({size(sum(artefact.size_bytes for artefact in artefacts.values()))})"
    return ", ".join(f"{kind} ({size(artefact.size_bytes)})" for kind, artefact in artefacts.items())


def _qc(qc: Qc) -> str:
    codes = f" ({', '.join(qc.codes)})" if qc.codes else ""
    return f"{qc.verdict} {qc.score:.2f}{codes}"
