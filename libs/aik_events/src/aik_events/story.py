"""A track's records as a story: what each of them changed, in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from aik_events.catalogue.jobs import JobEvent, StepEvent
from aik_events.changes import changes
from aik_events.envelope import Record
from aik_events.event import Event, Frozen
from aik_events.fold import evolve
from aik_events.holding import Reading, given_up, pass_on, read
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


def story(track_id: str, records: Sequence[Record]) -> list[Row]:
    """The records of one track in log order, folded and held as this code folds and holds them."""
    return sorted(_rows(Track(id=track_id), records), key=lambda row: row.offset)


def _rows(track: Track, records: Sequence[Record]) -> Iterator[Row]:
    held: list[Reading] = []
    for reading in map(read, records):
        dropped = given_up(held, reading)
        if dropped is not None:
            at = f"@{dropped.record.offset}"
            yield _unfolded(dropped, "dropped", f"given up by @{reading.record.offset}: {dropped.problem}")
            yield _unfolded(reading, "accepted", f"gives {at} up, and what waited behind it goes on")
        ready, held = pass_on(held, reading)
        for offset, event in ready:
            before = track
            track, verdict = evolve(before, event)
            row = _row(offset, event, _outcome(verdict), _words(before, track, event, verdict))
            yield row.model_copy(update={"version": _version_of(event, before, track)})
    for each in held:
        if each.event is None:
            yield _unfolded(each, "undecodable", f"does not decode, this track is held here: {each.problem}")
        else:
            yield _unfolded(each, "waiting", f"waits behind @{held[0].record.offset}")


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
