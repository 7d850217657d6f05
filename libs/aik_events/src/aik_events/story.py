"""A track's records as a story: what each of them changed, in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from aik_events.catalogue.jobs import JobEvent, StepEvent
from aik_events.changes import changes
from aik_events.envelope import Record, Undecodable, decode
from aik_events.event import Event, Frozen
from aik_events.fold import evolve
from aik_events.track import Track
from aik_events.verdict import Verdict


class Row(Frozen):
    """One record. `outcome` is accepted, rejected, repeat or undecodable; `step` has the run and the attempt."""

    offset: int
    time: datetime | None
    type: str
    version: int | None
    step: str | None
    outcome: str
    changes: tuple[str, ...]


def story(track_id: str, records: Sequence[Record]) -> list[Row]:
    """The records of one track in log order, folded one after the other."""
    return list(_rows(Track(id=track_id), records))


def _rows(track: Track, records: Sequence[Record]) -> Iterator[Row]:
    for record in records:
        try:
            event = decode(record)
        except Undecodable as problem:
            yield _unreadable(record, problem)
            continue
        before = track
        track, verdict = evolve(before, event)
        yield Row(
            offset=record.offset,
            time=event.meta.time,
            type=event.type,
            version=_version_of(event, before, track),
            step=f"{event.step} {event.run}/{event.attempt}" if isinstance(event, StepEvent) else None,
            outcome=_outcome(verdict),
            changes=_words(before, track, event, verdict),
        )


def _unreadable(record: Record, problem: Undecodable) -> Row:
    type_ = record.headers.get("ce_type", b"?").decode(errors="replace")
    words = f"does not decode, the services wait here: {problem}"
    return Row(
        offset=record.offset, time=None, type=type_, version=None, step=None, outcome="undecodable", changes=(words,)
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
