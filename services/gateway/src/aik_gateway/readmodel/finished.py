"""The jobs that ended, as they are counted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aik_events.pipeline import Step
from aik_events.track import Job, JobState, Track
from aik_service.folding import Change

from aik_gateway.metrics import FINISHED, READY

OUTCOMES = ("succeeded", "failed", "refused", "canceled")
"""Failed is ours and may be retried; what is refused can't be used as it is, and is nobody's fault here."""
FRESH = timedelta(hours=1)
"""What ended before is folded anew, and was counted then."""


@dataclass(frozen=True)
class Finished:
    """`ratio`: of a song that was taken from separation to publication at the first go, its time for each second."""

    outcome: str
    ratio: float | None = None


class FinishedJobs:
    """Called with what was folded, after it is stored."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        for outcome in OUTCOMES:
            FINISHED.labels(outcome)

    def __call__(self, changes: Sequence[Change]) -> None:
        for finished in finished_of(changes, self._clock() - FRESH):
            FINISHED.labels(finished.outcome).inc()
            if finished.ratio is not None:
                READY.observe(finished.ratio)


def finished_of(changes: Sequence[Change], since: datetime) -> Iterator[Finished]:
    for change in changes:
        if not isinstance(change.after, Track) or change.event.meta.time < since:
            continue
        were_open = {job.id: job.is_open for job in change.before.jobs}
        for job in change.after.jobs:
            if not job.is_open and were_open.get(job.id, True):
                yield Finished(_outcome(job), _ratio(change.after, job))


def _outcome(job: Job) -> str:
    if job.state is JobState.FAILED and job.failure is not None and not job.failure.retryable:
        return "refused"
    return job.state.value


def _ratio(track: Track, job: Job) -> float | None:
    is_whole = job.progress_of(Step.SEPARATE) is not None and job.run == 0
    if job.state is not JobState.SUCCEEDED or not is_whole or not track.duration_ms or job.finished_at is None:
        return None
    return (job.finished_at - job.opened_at).total_seconds() / (track.duration_ms / 1000)
