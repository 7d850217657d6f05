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
from aik_events.log.port import AppendFailed, Batch, Position, PositionOutOfRange, Start
from aik_events.topics import TOPICS


class MemoryLog:
    """Partitions as lists. Readers of one group share the partitions out among themselves."""

    def __init__(self, *, batch_size: int = 100) -> None:
        self._batch_size = batch_size
        self._records: dict[Partition, list[Record]] = {
            Partition(topic.name, n): [] for topic in TOPICS for n in range(topic.partitions)
        }
        self.changed = asyncio.Event()
        """Set, and replaced by a new one, when there is something new to look at."""
        self._groups: dict[str, list[MemoryReader]] = defaultdict(list)

    async def append(self, event: Event) -> Position:
        topic, number = event.destination
        partition = self.partition_of(topic, event.meta.subject) if number is None else Partition(topic, number)
        if partition not in self._records:
            raise AppendFailed(f"{event.type} {event.meta.id}: there is no {partition}")
        return await self.append_raw(partition, event.meta.subject.encode(), value_of(event), headers_of(event))

    async def copy(self, record: Record, topic: str, headers: Mapping[str, bytes]) -> Position:
        partition = self._partition_of(topic, record.key)
        return await self.append_raw(partition, record.key, record.value, {**record.headers, **headers})

    async def fire(self, event: Event) -> None:
        await self.append(event)

    async def append_raw(
        self, partition: Partition, key: bytes, value: bytes, headers: Mapping[str, bytes]
    ) -> Position:
        """Bytes as they are, also such as no event would give."""
        records = self._records[partition]
        position = Position(partition, len(records))
        records.append(Record(partition, position.offset, key, value, headers))
        self._wake()
        return position

    def partition_of(self, topic: str, key: str) -> Partition:
        return self._partition_of(topic, key.encode())

    def _partition_of(self, topic: str, key: bytes) -> Partition:
        count = sum(partition.topic == topic for partition in self._records)
        return Partition(topic, crc32(key) % count)

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

    def _wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    def _share_out(self, members: "list[MemoryReader]") -> None:
        shares: list[list[Partition]] = [[] for _ in members]
        for partition, share in zip(members[0].wanted if members else [], cycle(shares), strict=False):
            share.append(partition)
        for member, share in zip(members, shares, strict=True):
            member.take_over(share)
        self._wake()

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        return {p: len(records) for p, records in self._records.items() if p.topic in topics}

    async def identity(self) -> str:
        return "memory"

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

    def take_over(self, partitions: Sequence[Partition]) -> None:
        """Everything is given anew, as Kafka's eager rebalances do."""
        self.assigned = partitions
        self.positions.clear()

    async def __aiter__(self) -> AsyncIterator[Batch]:
        while True:
            changed = self.log.changed
            batch = await self._next()
            if batch is not None:
                self.positions[batch.partition] = batch.next
                yield batch
            else:
                await changed.wait()

    async def _next(self) -> Batch | None:
        assigned = self.assigned
        new = [p for p in assigned if p not in self.positions]
        if new:
            positions = await self.start(new)
            if self.assigned is not assigned:
                return None
            self.positions.update({p: positions[p] for p in new})
        for partition, start in self.positions.items():
            records = self.log.slice_of(partition, start)
            if records:
                return Batch(partition, start, start + len(records), records)
        return None

    def seek(self, partition: Partition, offset: int) -> None:
        if partition in self.assigned:
            self.positions[partition] = offset
