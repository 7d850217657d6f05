"""Records that do not decode, and inboxes that are driven a batch at a time."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import repeat

from aik_events.catalogue import TrackDetailsChanged
from aik_events.envelope import Partition, Record, decode, headers_of, value_of
from aik_events.event import Event
from aik_events.log import Batch
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_service.database import Database, table_of
from aik_service.inbox import Inbox
from aik_service.inbox_tables import HeldRecord, LogPosition
from sqlalchemy import select
from sqlmodel import SQLModel

HELD = table_of(HeldRecord)
RETITLED = {"ce_type": b"track.retitled", "ce_dataschema": b"urn:aik:schema:track.retitled:1"}
KNOWN = {"ce_type": b"track.details_changed", "ce_dataschema": TrackDetailsChanged.schema_uri().encode()}

AS_THEY_COME = ("number", "run_after")


def retitled(event: TrackDetailsChanged) -> tuple[bytes, dict[str, bytes]]:
    """Value and headers of an event of a type that only newer code knows."""
    return value_of(event), {**headers_of(event), **RETITLED}


def decode_newer(record: Record) -> Event:
    """What code does that knows `track.retitled`."""
    if record.headers.get("ce_type") == RETITLED["ce_type"]:
        record = replace(record, headers={**record.headers, **KNOWN})
    return decode(record)


async def fold(inbox: Inbox, database: Database, log: MemoryLog, sizes: Iterable[int] = repeat(100)) -> None:
    """Everything that is new in the log, in batches of these sizes."""
    size = iter(sizes)
    for partition, position in (await positions(database)).items():
        start = position
        reader = MemoryReader(log, [partition], nowhere)
        while records := log.slice_of(partition, start)[: next(size)]:
            await inbox.take(reader, Batch(partition, start, start + len(records), records))
            start += len(records)


async def nowhere(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
    return {}


async def positions(database: Database) -> Mapping[Partition, int]:
    position = table_of(LogPosition)
    async with database.begin() as connection:
        rows = await connection.execute(select(position.c.topic, position.c.partition, position.c.next))
        return {Partition(topic, number): offset for topic, number, offset in rows}


async def held(database: Database) -> list[tuple[int, bool]]:
    """The offset of each record that is held, and whether it only waits."""
    async with database.begin() as connection:
        rows = await connection.execute(select(HELD.c.offset, HELD.c.reason).order_by(HELD.c.offset))
        return [(offset, reason is None) for offset, reason in rows]


async def contents(database: Database, tables: Sequence[type[SQLModel]]) -> dict[str, list[str]]:
    """Every row, but for what tasks get as they come: a number, and since when they are free."""
    found: dict[str, list[str]] = {}
    async with database.begin() as connection:
        for table in map(table_of, tables):
            columns = [column for column in table.columns if table.name != "task" or column.name not in AS_THEY_COME]
            found[table.name] = sorted(map(repr, await connection.execute(select(*columns))))
    return found
