"""The moments of a track at which a step was wanted: the state that its worker saw, and what it told then; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aik_events.catalogue import JobFailed, JobStepStarted, StepResult
from aik_events.envelope import Record
from aik_events.pipeline import Step
from aik_events.telling.points import NoSuchMoment, up_to
from aik_events.telling.stepping import accepted
from aik_events.track import Track

from aik_service.tasks import wanted


@dataclass(frozen=True)
class Told:
    """What ended the step, and where it lies."""

    offset: int
    event: StepResult | JobFailed


@dataclass(frozen=True)
class Moment:
    """One run of a job that came to the step: where the log came to want it, and the state as its worker saw it.

    That is the state right before the start of the attempt that told how it ended: what was changed while the step
    waited is in it. `told` is None when nobody told, yet or ever.
    """

    offset: int
    event_id: str
    time: datetime
    track: Track
    told: Told | None = None


def moments(track_id: str, records: Sequence[Record], step: Step) -> list[Moment]:
    """All of them, in order."""
    found: list[Moment] = []
    starts: dict[int, Track] = {}
    for folding in accepted(track_id, records):
        event, was, now = folding.event, _run(folding.before, step), _run(folding.after, step)
        if was is not None and isinstance(event, JobStepStarted):
            starts[event.attempt] = folding.before
        if was is not None and was != now and isinstance(event, StepResult | JobFailed):
            seen = starts.get(event.attempt, found[-1].track)
            found[-1] = replace(found[-1], track=seen, told=Told(folding.offset, event))
        if now is not None and now != was:
            starts = {}
            found.append(Moment(folding.offset, event.meta.id, event.meta.time, folding.after))
    return found


def chosen(found: Sequence[Moment], records: Sequence[Record], at: str | None) -> Moment:
    """The newest moment, or the newest up to `at` (read as in `aik_events.telling.points`). Raises NoSuchMoment."""
    if at is not None:
        last = up_to(records, at)[-1].offset
        found = [moment for moment in found if moment.offset <= last]
    if not found:
        raise NoSuchMoment("No job of this track came to this step" + ("." if at is None else f" up to {at}."))
    return found[-1]


def _run(track: Track, step: Step) -> tuple[str, int] | None:
    """The job and the run that want this step now."""
    task = wanted(track, step)
    return None if task is None else (task.job_id, task.run)
