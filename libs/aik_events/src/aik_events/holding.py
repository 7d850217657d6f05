"""What is held: a record that does not decode, and behind it the later ones of its key; pure, so all agree on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aik_events.catalogue import RecordDropped
from aik_events.envelope import Record, Undecodable, decode
from aik_events.event import Event

Decode = Callable[[Record], Event]
"""Gives the event of a record, or raises Undecodable."""

MAX_PROBLEM = 1_000


@dataclass(frozen=True)
class Reading:
    """A record as it was read: with its event, or with the problem that keeps it from being one."""

    record: Record
    event: Event | None = None
    problem: str | None = None


def read(record: Record, decode: Decode = decode) -> Reading:
    try:
        return Reading(record, decode(record))
    except Undecodable as problem:
        # It quotes the record, which is of any length and may have what databases can't store.
        return Reading(record, problem=str(problem).replace("\x00", "\\0")[:MAX_PROBLEM])


Ready = list[tuple[int, Event]]
"""Events with their offsets, in order."""


def pass_on(held: Sequence[Reading], new: Reading) -> tuple[Ready, list[Reading]]:
    """What can be folded once this record is read, and what is held then.

    All are of one key in one partition. A `record.dropped` that gives up one of the held is read past all of them, and
    is nothing more than that.
    """
    dropped = given_up(held, new)
    return let_go([*held, new] if dropped is None else [reading for reading in held if reading is not dropped])


def let_go(readings: Sequence[Reading]) -> tuple[Ready, list[Reading]]:
    """What comes before the first that does not decode can be folded; that one and what is behind it is held."""
    ready: Ready = []
    for reading in readings:
        if reading.event is None:
            break
        ready.append((reading.record.offset, reading.event))
    return ready, list(readings[len(ready) :])


def given_up(held: Sequence[Reading], new: Reading) -> Reading | None:
    """The held record that the new one gives up; a record that decodes can't be given up."""
    if not isinstance(new.event, RecordDropped):
        return None
    named = (new.event.topic, new.event.partition, new.event.offset)
    return next((r for r in held if r.event is None and _place(r.record) == named), None)


def _place(record: Record) -> tuple[str, int, int]:
    return record.partition.topic, record.partition.number, record.offset
