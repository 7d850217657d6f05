"""The records that are held, as rows: looked up before a batch, and brought up to date after it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aik_events.envelope import Partition, Record
from aik_events.holding import Reading
from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_service.database import table_of
from aik_service.inbox_tables import HeldRecord

HELD = table_of(HeldRecord)
CHUNK = 1_000
"""Postgres takes 65,535 parameters at most."""


@dataclass(frozen=True)
class Hold:
    """A row: `problem` is what kept it from decoding when it was read last; None while it only waits."""

    record: Record
    problem: str | None


async def heads(connection: AsyncConnection, partition: Partition, keys: Collection[bytes]) -> Mapping[bytes, Hold]:
    """Of each of these keys that is held the first record, which is one that did not decode."""
    first = select(HELD).where(_in(partition), HELD.c.key.in_(keys)).ext(distinct_on(HELD.c.key))
    rows = await connection.execute(first.order_by(HELD.c.key, HELD.c.offset))
    return {row.key: hold_of(row) for row in rows}


async def held_of(connection: AsyncConnection, partition: Partition, key: bytes) -> Sequence[Hold]:
    """Everything that is held of this key, in order."""
    rows = await connection.execute(select(HELD).where(_in(partition), HELD.c.key == key).order_by(HELD.c.offset))
    return [hold_of(row) for row in rows]


async def held_keys(connection: AsyncConnection, topics: Collection[str]) -> Sequence[tuple[Partition, bytes]]:
    """The keys of which something is held, by partition and age."""
    keys = select(HELD.c.topic, HELD.c.partition, HELD.c.key).where(HELD.c.topic.in_(topics))
    grouped = keys.group_by(HELD.c.topic, HELD.c.partition, HELD.c.key)
    rows = await connection.execute(grouped.order_by(HELD.c.topic, HELD.c.partition, func.min(HELD.c.offset)))
    return [(Partition(topic, number), key) for topic, number, key in rows]


async def store(
    connection: AsyncConnection, partition: Partition, before: Sequence[Hold], after: Sequence[Reading]
) -> None:
    """Turns the rows of what was held into those of what is held now."""
    old = {hold.record.offset: hold.problem for hold in before}
    new = {reading.record.offset: reading for reading in after}
    gone = sorted(old.keys() - new.keys())
    for start in range(0, len(gone), CHUNK):
        await connection.execute(delete(HELD).where(_in(partition), HELD.c.offset.in_(gone[start : start + CHUNK])))
    if added := [_row(reading) for offset, reading in new.items() if offset not in old]:
        await connection.execute(insert(HELD), added)
    for offset in (offset for offset, problem in old.items() if offset in new and new[offset].problem != problem):
        row = update(HELD).where(_in(partition), HELD.c.offset == offset)
        await connection.execute(row.values(reason=new[offset].problem))


def _in(partition: Partition) -> Any:
    return (HELD.c.topic == partition.topic) & (HELD.c.partition == partition.number)


def _row(reading: Reading) -> dict[str, Any]:
    record = reading.record
    return {
        "topic": record.partition.topic,
        "partition": record.partition.number,
        "offset": record.offset,
        "key": record.key,
        "value": record.value,
        "headers": {name: value.decode("latin-1") for name, value in record.headers.items()},
        "reason": reading.problem,
        "copied": False,
    }


def hold_of(row: Row[Any]) -> Hold:
    headers = {name: value.encode("latin-1") for name, value in row.headers.items()}
    return Hold(Record(Partition(row.topic, row.partition), row.offset, row.key, row.value, headers), row.reason)
