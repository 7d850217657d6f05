"""The fold: one pure, total function by which everybody agrees what a track's log means."""

from aik_events.catalogue import (
    Event,
    JobCanceled,
    JobFailed,
    JobRetried,
    JobStepFailed,
    JobStepStarted,
    LyricsUpdated,
    StepResult,
    TrackDeleted,
    TrackDetailsChanged,
    TrackImported,
    TrackReprocessRequested,
)
from aik_events.fold_jobs import canceled, failed, finished, retried, step_failed, step_started
from aik_events.fold_versions import Decision, deleted, details_changed, draft, edited, imported, reprocessed
from aik_events.track import Track
from aik_events.verdict import Verdict, rejected


def evolve(track: Track, event: Event) -> tuple[Track, Verdict]:
    """The track after this event, and the verdict on it.

    Total: an event that doesn't fit is rejected with a reason and changes nothing but the verdicts. The same event
    again gets its first verdict.
    """
    known = track.verdicts.get(event.meta.id)
    if known is not None:
        return track, known.model_copy(update={"repeat": True})
    decided, verdict = _decide(track, event)
    return decided.model_copy(update={"verdicts": {**track.verdicts, event.meta.id: verdict}}), verdict


def _decide(track: Track, event: Event) -> Decision:
    if isinstance(event, TrackImported):
        return (track, rejected("exists")) if track.exists else imported(track, event)
    if not track.exists:
        return track, rejected("unknown-track")
    if track.deleted:
        is_of_worker = isinstance(event, (JobStepStarted, JobStepFailed, JobFailed, StepResult))
        return track, rejected("late" if is_of_worker else "deleted")
    return _decide_alive(track, event)


def _decide_alive(track: Track, event: Event) -> Decision:
    match event:
        case LyricsUpdated() if event.based_on != track.newest.number:
            return track, rejected("stale", f"the newest version is {track.newest.number}")
        case LyricsUpdated(steps=()):
            return draft(track, event)
        case LyricsUpdated():
            return edited(track, event)
        case TrackReprocessRequested():
            return reprocessed(track, event)
        case TrackDetailsChanged():
            return details_changed(track, event)
        case TrackDeleted():
            return deleted(track, event)
        case JobCanceled():
            return canceled(track, event)
        case JobRetried():
            return retried(track, event)
        case JobStepStarted():
            return step_started(track, event)
        case JobStepFailed():
            return step_failed(track, event)
        case JobFailed():
            return failed(track, event)
        case StepResult():
            return finished(track, event)
        case _:
            return track, rejected("not-of-a-track")
