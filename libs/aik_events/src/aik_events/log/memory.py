"""A log in memory: for unit tests, held to the same contract as Apache Kafka."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from zlib import crc32

from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.log.port import Batch, Position, PositionOutOfRange, Start
from aik_events.topics import TOPICS


class MemoryLog:
    """Partitions as lists. Readers of one group share the partitions out among themselves."""

    def __init__(self, *, batch_size: int = 100) -> None:
        self._batch_size = batch_size
        self._records: dict[Partition, list[Record]] = {
            Partition(topic.name, n): [] for topic in TOPICS for n in range(topic.partitions)
        }
        self._changed = asyncio.Condition()
        self._groups: dict[str, list[MemoryReader]] = defaultdict(list)

    async def append(self, event: Event) -> Position:
        partition = self.partition_of(event.TOPIC, event.meta.subject)
        return await self.append_raw(partition, event.meta.subject.encode(), value_of(event), headers_of(event))

    async def fire(self, event: Event) -> None:
        await self.append(event)

    async def append_raw(
        self, partition: Partition, key: bytes, value: bytes, headers: Mapping[str, bytes]
    ) -> Position:
        """Bytes as they are, also such as no event would give."""
        async with self._changed:
            records = self._records[partition]
            position = Position(partition, len(records))
            records.append(Record(partition, position.offset, key, value, headers))
            self._changed.notify_all()
        return position

    def partition_of(self, topic: str, key: str) -> Partition:
        count = sum(partition.topic == topic for partition in self._records)
        return Partition(topic, crc32(key.encode()) % count)

    @asynccontextmanager
    async def read(self, topics: Sequence[str], *, group: str | None, start: Start) -> AsyncIterator["MemoryReader"]:
        reader = MemoryReader(self, [p for p in self._records if p.topic in topics], start)
        members = self._groups[group] if group is not None else []
        members.append(reader)
        self._share_out(members)
        try:
            yield reader
        finally:
            members.remove(reader)
            self._share_out(members)

    @staticmethod
    def _share_out(members: "list[MemoryReader]") -> None:
        shares: list[list[Partition]] = [[] for _ in members]
        for partition, share in zip(members[0].wanted if members else [], cycle(shares), strict=False):
            share.append(partition)
        for member, share in zip(members, shares, strict=True):
            member.assigned = share

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        return {p: len(records) for p, records in self._records.items() if p.topic in topics}

    async def identity(self) -> str:
        return "memory"

    async def wait(self) -> None:
        async with self._changed:
            await self._changed.wait()

    def slice_of(self, partition: Partition, start: int) -> list[Record]:
        records = self._records[partition]
        if start > len(records):
            raise PositionOutOfRange(f"{partition} ends at {len(records)}, the stored position is {start}")
        return records[start : start + self._batch_size]


@dataclass(eq=False)
class MemoryReader:
    log: MemoryLog
    wanted: Sequence[Partition]
    start: Start
    assigned: Sequence[Partition] = ()
    positions: dict[Partition, int] = field(default_factory=dict)
    paused: set[Partition] = field(default_factory=set)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        while True:
            batch = await self._next()
            if batch is not None:
                self.positions[batch.partition] = batch.next
                yield batch
            else:
                # A turn of the loop, since a change between the look and the wait would be missed.
                waiting = asyncio.create_task(self.log.wait())
                await asyncio.wait([waiting], timeout=0.02)
                waiting.cancel()

    async def _next(self) -> Batch | None:
        self.positions = {p: offset for p, offset in self.positions.items() if p in self.assigned}
        new = [p for p in self.assigned if p not in self.positions]
        if new:
            self.positions.update(await self.start(new))
        for partition, start in self.positions.items():
            records = [] if partition in self.paused else self.log.slice_of(partition, start)
            if records:
                return Batch(partition, start, start + len(records), records)
        return None

    def seek(self, partition: Partition, offset: int) -> None:
        if partition in self.assigned:
            self.positions[partition] = offset

    def pause(self, partition: Partition) -> None:
        self.paused.add(partition)
