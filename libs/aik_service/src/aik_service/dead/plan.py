"""What trying held records again would come to: the inbox's own rule over copies of the states; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from aik_events.envelope import Partition, Record, Undecodable
from aik_events.event import Frozen
from aik_events.holding import Decode, Reading, let_go

from aik_service.folding import Fold, fold_all


class Tried(Frozen):
    """What trying one record again comes to.

    `outcome` is accepted, rejected or repeat for what is folded; undecodable or waiting for what is still held.
    """

    offset: int
    type: str | None
    outcome: str
    detail: str | None = None


class Plan(Frozen):
    """What redriving one key would do, in order."""

    key: str
    topic: str
    partition: int
    folded: int
    held: int
    records: tuple[Tried, ...]


def plan_of(
    fold: Fold, states: Mapping[str, Any], partition: Partition, key: bytes, readings: Sequence[Reading]
) -> Plan:
    """What is held of one key, tried again over its state, as the inbox would."""
    ready, after = let_go(readings)
    changes, _ = fold_all(fold, states, partition, ready)
    folded = tuple(
        Tried(
            offset=change.position.offset,
            type=change.event.type,
            outcome="repeat" if change.verdict.repeat else "accepted" if change.verdict.accepted else "rejected",
            detail=change.verdict.reason,
        )
        for change in changes
    )
    held = tuple(_still(reading, after[0].record.offset) for reading in after)
    return Plan(
        key=text_of(key),
        topic=partition.topic,
        partition=partition.number,
        folded=len(folded),
        held=len(held),
        records=(*folded, *held),
    )


def _still(reading: Reading, first: int) -> Tried:
    record = reading.record
    if reading.event is None:
        return Tried(offset=record.offset, type=type_of(record.headers), outcome="undecodable", detail=reading.problem)
    return Tried(offset=record.offset, type=reading.event.type, outcome="waiting", detail=f"behind @{first}")


def problem(record: Record, decode: Decode) -> str | None:
    """Everything that keeps a record from decoding, at its full length; None: it decodes."""
    try:
        decode(record)
    except Undecodable as error:
        return str(error)
    return None


def place_of(record: Record) -> str:
    return f"{record.partition}@{record.offset}"


def text_of(key: bytes) -> str:
    """As it is shown and asked for: bytes that are no text as \\x…"""
    return key.decode(errors="backslashreplace")


def type_of(headers: Mapping[str, bytes]) -> str | None:
    named = headers.get("ce_type")
    return None if named is None else named.decode(errors="backslashreplace")
