"""What the fold says of a log, record by record, and how a job may move."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aik_events.event import Event
from aik_events.fold import evolve
from aik_events.track import JobState, Track
from aik_events.verdict import Verdict

LEGAL: Mapping[JobState | None, set[JobState]] = {
    None: {JobState.QUEUED},
    JobState.QUEUED: {JobState.RUNNING, JobState.FAILED, JobState.CANCELED},
    JobState.RUNNING: {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELED},
    JobState.FAILED: {JobState.RUNNING},
    JobState.SUCCEEDED: set(),
    JobState.CANCELED: set(),
}
"""The states that may follow; a job may stay in each."""


@dataclass(frozen=True)
class Judged:
    """One record of a track as the fold judged it."""

    event: Event
    verdict: Verdict
    before: Track
    after: Track

    @property
    def counts(self) -> bool:
        """It was accepted, and for the first time."""
        return self.verdict.accepted and not self.verdict.repeat


def judged(events: Sequence[Event]) -> Mapping[str, Sequence[Judged]]:
    """Every track's records by its id."""
    found: dict[str, list[Judged]] = defaultdict(list)
    for event in events:
        track_id = event.meta.subject
        before = found[track_id][-1].after if found[track_id] else Track(id=track_id)
        after, verdict = evolve(before, event)
        found[track_id].append(Judged(event, verdict, before, after))
    return found


def may_move(was: JobState | None, now: JobState) -> bool:
    return now is was or now in LEGAL[was]
