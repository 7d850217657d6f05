"""A track's records as a story: what each of them changed, in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from aik_events.catalogue.jobs import JobEvent, StepEvent
from aik_events.envelope import Record
from aik_events.event import Event, Frozen
from aik_events.holding import Reading
from aik_events.telling.changes import changes
from aik_events.telling.stepping import Folding, Moment, moments
from aik_events.track import Track
from aik_events.verdict import Verdict


class Row(Frozen):
    """One record. `step` has the run and the attempt.

    `outcome` is accepted, rejected or repeat for what is folded; undecodable for what does not decode and holds back
    the rest, waiting for what is held behind it, dropped for what was given up.
    """

    offset: int
    time: datetime | None
    type: str
    version: int | None
    step: str | None
    outcome: str
    changes: tuple[str, ...]
    id: str | None
    cause: str | None
    """The event that caused it."""
    trace: str | None


def story(track_id: str, records: Sequence[Record]) -> list[Row]:
    """The records of one track in log order, folded and held as this code folds and holds them."""
    return sorted(_rows(track_id, records), key=lambda row: row.offset)


def _rows(track_id: str, records: Sequence[Record]) -> Iterator[Row]:
    held: Sequence[Reading] = []
    for moment in moments(track_id, records):
        yield from settled(moment)
        held = moment.held
    yield from map(partial(waiting, held), held)


def settled(moment: Moment) -> Iterator[Row]:
    """What this record has decided: itself, unless it is held, and what it let go or gave up."""
    reading, dropped = moment.reading, moment.dropped
    if dropped is not None:
        at = f"@{dropped.record.offset}"
        yield _unfolded(dropped, "dropped", f"given up by @{reading.record.offset}: {dropped.problem}")
        yield _unfolded(reading, "accepted", f"gives {at} up, and what waited behind it goes on")
    yield from map(_folded, moment.foldings)


def waiting(held: Sequence[Reading], reading: Reading) -> Row:
    """One of those that are held."""
    if reading.event is None:
        return _unfolded(reading, "undecodable", f"does not decode, this track is held here: {reading.problem}")
    return _unfolded(reading, "waiting", f"waits behind @{held[0].record.offset}")


def _folded(folding: Folding) -> Row:
    before, after, event, verdict = folding.before, folding.after, folding.event, folding.verdict
    row = _row(folding.offset, event, _outcome(verdict), _words(before, after, event, verdict))
    return row.model_copy(update={"version": _version_of(event, before, after)})


def _unfolded(reading: Reading, outcome: str, words: str) -> Row:
    row = _row(reading.record.offset, reading.event, outcome, (words,))
    if reading.event is not None:
        return row
    return row.model_copy(update={"type": reading.record.headers.get("ce_type", b"?").decode(errors="replace")})


def _row(offset: int, event: Event | None, outcome: str, words: tuple[str, ...]) -> Row:
    return Row(
        offset=offset,
        time=event.meta.time if event else None,
        type=event.type if event else "?",
        version=None,
        step=f"{event.step} {event.run}/{event.attempt}" if isinstance(event, StepEvent) else None,
        outcome=outcome,
        changes=words,
        id=event.meta.id if event else None,
        cause=event.meta.causation_id if event else None,
        trace=_trace(event.meta.traceparent) if event else None,
    )


def _outcome(verdict: Verdict) -> str:
    if verdict.repeat:
        return "repeat"
    return "accepted" if verdict.accepted else "rejected"


def _words(before: Track, after: Track, event: Event, verdict: Verdict) -> tuple[str, ...]:
    reason = f"{verdict.reason} ({verdict.detail})" if verdict.detail else verdict.reason
    if verdict.repeat:
        return (f"again what was rejected before: {reason}" if reason else "again what was accepted before",)
    return (f"rejected: {reason}",) if reason else tuple(changes(before, after, event))


def _version_of(event: Event, before: Track, after: Track) -> int | None:
    """The version that the event is about: its job's, or the one that it made."""
    if isinstance(event, JobEvent):
        return next((job.version for job in after.jobs if job.id == event.job_id), None)
    is_new = len(after.versions) > len(before.versions) or len(after.jobs) > len(before.jobs)
    return after.newest.number if is_new else None


def _trace(traceparent: str | None) -> str | None:
    return traceparent.split("-")[1] if traceparent else None
