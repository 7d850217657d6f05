"""How the contract of the log reads: from where the log ended, own tracks only, never longer than it has patience."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from uuid import uuid4

from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.log import Log, Position, Reader, Start
from aik_events.testing.author import Author
from aik_events.topics import TRACKS

PATIENCE_S = 30

AppendRaw = Callable[[str, bytes, bytes, Mapping[str, bytes]], Awaitable[None]]
"""Appends topic, key, value and headers as they are."""


def new_author() -> Author:
    """Of a track that no other test knows, since topics may be shared."""
    return Author(f"trk_{uuid4().hex}")


async def from_now_on(log: Log, topic: str = TRACKS) -> Start:
    """Begins every partition of the topic where it ends now."""
    ends = await log.ends([topic])

    async def start(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        return {partition: ends[partition] for partition in partitions}

    return start


async def append_all(log: Log, *events: Event) -> list[Record]:
    """The records that these events have become."""
    return [_record(event, await log.append(event)) for event in events]


async def collect(reader: Reader, count: int, *authors: Author) -> list[Record]:
    """The next records of these tracks in the order in which they come, `count` at least."""
    return await collect_keys(reader, count, {author.track.encode() for author in authors})


async def collect_keys(reader: Reader, count: int, keys: Collection[bytes]) -> list[Record]:
    """The same of these keys, which need be no text."""
    found: list[Record] = []
    async with asyncio.timeout(PATIENCE_S):
        async for batch in reader:
            assert [record.offset for record in batch.records] == list(range(batch.start, batch.next))
            found += [record for record in batch.records if record.key in keys]
            if len(found) >= count:
                break
    return found


def _record(event: Event, position: Position) -> Record:
    key = event.meta.subject.encode()
    return Record(position.partition, position.offset, key, value_of(event), headers_of(event))
