"""How versions come to be: import, edits, reprocessing; and what opens a job."""

from collections.abc import Mapping, Sequence

from aik_events.catalogue import (
    LyricsUpdated,
    TrackDeleted,
    TrackDetailsChanged,
    TrackImported,
    TrackReprocessRequested,
)
from aik_events.event import Artefact, Event
from aik_events.pipeline import EARLIER_KARAOKE, Step, missing_step
from aik_events.track import Job, JobState, StepProgress, StepState, Track, Version, VersionState
from aik_events.verdict import ACCEPTED, Verdict, rejected

Decision = tuple[Track, Verdict]


def imported(track: Track, event: TrackImported) -> Decision:
    opened = track.model_copy(
        update={
            "client_id": event.meta.client_id,
            "source": event.source,
            "title": event.title,
            "artist": event.artist,
            "language": event.language,
            "callback_url": event.callback_url,
            "priority": event.priority,
            "quality": event.quality,
            "created_at": event.meta.time,
        }
    )
    first = Version(
        number=1, state=VersionState.DRAFT, origin="import", created_at=event.meta.time, lyrics=event.lyrics
    )
    decided, verdict = _open(opened, event, event.job_id, event.steps, first)
    return (decided, verdict) if verdict.accepted else (track, verdict)


def draft(track: Track, event: LyricsUpdated) -> Decision:
    return track.with_version(_edit(track, event)), ACCEPTED


def edited(track: Track, event: LyricsUpdated) -> Decision:
    """An edit and its job in one: accepted or rejected as a whole."""
    if event.job_id is None:
        return track, rejected("job-missing")
    return _open(track, event, event.job_id, event.steps, _edit(track, event))


def reprocessed(track: Track, event: TrackReprocessRequested) -> Decision:
    newest = track.newest
    transcribes = Step.TRANSCRIBE in event.steps
    if newest.state is VersionState.DRAFT and not transcribes:
        return _open(track, event, event.job_id, event.steps, newest)
    version = Version(
        number=newest.number + 1,
        state=VersionState.DRAFT,
        origin="reprocess",
        created_at=event.meta.time,
        based_on=newest.number,
        lyrics=None if transcribes else track.lyrics,
    )
    return _open(track, event, event.job_id, event.steps, version)


def details_changed(track: Track, event: TrackDetailsChanged) -> Decision:
    fields = {"title": event.title, "artist": event.artist, "callback_url": event.callback_url}
    return track.model_copy(update={name: fields[name] for name in event.changed if name in fields}), ACCEPTED


def deleted(track: Track, event: TrackDeleted) -> Decision:
    """Cancels the open job; the versions keep their states."""
    if track.job is not None and track.job.is_open:
        track = track.with_job(track.job.canceled(event.meta.time))
    return track.model_copy(update={"deleted": True}), ACCEPTED


def _edit(track: Track, event: LyricsUpdated) -> Version:
    return Version(
        number=track.newest.number + 1,
        state=VersionState.DRAFT,
        origin="edit",
        created_at=event.meta.time,
        based_on=event.based_on,
        lyrics=event.lyrics,
    )


def _open(track: Track, event: Event, job_id: str, steps: Sequence[str], version: Version) -> Decision:
    """A job for this version, its inputs fixed now; at most one job of a track is open."""
    if track.job is not None and track.job.is_open:
        return track, rejected("job-running", track.job.id)
    if any(job.id == job_id for job in track.jobs):
        return track, rejected("exists", job_id)
    if not steps:
        return track, rejected("no-steps")
    inputs = _inputs(track, version, steps)
    missing = missing_step(steps, {"source", *inputs})
    if missing is not None:
        return track, rejected("artefact-missing", missing)
    job = Job(
        id=job_id,
        version=version.number,
        state=JobState.QUEUED,
        steps=tuple(StepProgress(step=step, state=StepState.WAITING) for step in steps),
        inputs=inputs,
        opened_at=event.meta.time,
        advanced_by=event.meta.id,
        traceparent=event.meta.traceparent,
    )
    processing = version.model_copy(update={"state": VersionState.PROCESSING, "job_id": job_id})
    return track.with_version(processing).with_job(job), ACCEPTED


def _inputs(track: Track, version: Version, steps: Sequence[str]) -> Mapping[str, Artefact]:
    inputs = {kind: artefact for kind, artefact in track.artefacts.items() if kind != "lyrics"}
    if version.lyrics is not None:
        inputs["lyrics"] = version.lyrics
    if "karaoke" in inputs and version.origin == "edit" and Step.SEPARATE not in steps:
        inputs[EARLIER_KARAOKE] = inputs["karaoke"]
    return inputs
