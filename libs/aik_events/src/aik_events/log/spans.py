"""Spans of the log: the records of some partitions between two offsets each, and then it ends."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import ConsumerRecord

from aik_events.envelope import Partition
from aik_events.log.connection import Servers, connection
from aik_events.log.kafka import POLL_MS, record_of
from aik_events.log.memory import MemoryLog
from aik_events.log.port import Batch, LogUnavailable, PositionOutOfRange
from aik_events.log.refusal import why

BATCH = 5_000
FETCH_MS = 10
"""What is wanted is there. Kafka would hold a fetch for 500 ms beyond it, and the next read waits for that answer."""
Wanted = Mapping[Partition, range]
"""From the first offset up to but without the last one."""


class Spans(Protocol):
    def read(self, wanted: Wanted) -> AsyncIterator[Batch]:
        """Each partition in order and without gaps; raises PositionOutOfRange when the log lacks a record of these."""


class MemorySpans:
    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def read(self, wanted: Wanted) -> AsyncIterator[Batch]:
        for partition, span in wanted.items():
            at = span.start
            while at < span.stop:
                records = self._log.slice_of(partition, at)[: span.stop - at]
                if not records:
                    raise PositionOutOfRange(f"{partition} ends at {at}, wanted is up to {span.stop}")
                yield Batch(partition, at, at + len(records), records)
                at += len(records)


class KafkaSpans:
    """One consumer, which belongs to no group."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def read(self, wanted: Wanted) -> AsyncIterator[Batch]:
        left = {partition: span for partition, span in wanted.items() if span}
        tps = {partition: TopicPartition(partition.topic, partition.number) for partition in left}
        try:
            await self._begin(left, tps)
            while left:
                found = await self._consumer.getmany(timeout_ms=POLL_MS)
                for tp, records in found.items():
                    partition = Partition(tp.topic, tp.partition)
                    if partition in left:
                        batch = _batch(partition, left[partition], records)
                        left[partition] = range(batch.next, left[partition].stop)
                        yield batch
                    if not left.get(partition):
                        left.pop(partition, None)
                        self._consumer.pause(tp)
        except OffsetOutOfRangeError as error:
            raise PositionOutOfRange(f"the log lacks what is wanted: {error!r}") from error
        except KafkaError as error:
            raise LogUnavailable(repr(error)) from error

    async def _begin(self, left: Wanted, tps: Mapping[Partition, TopicPartition]) -> None:
        self._consumer.assign(list(tps.values()))
        ends = await self._consumer.end_offsets(list(tps.values())) if tps else {}
        for partition, tp in tps.items():
            if ends[tp] < left[partition].stop:
                raise PositionOutOfRange(f"{partition} ends at {ends[tp]}, wanted is up to {left[partition].stop}")
            self._consumer.seek(tp, left[partition].start)


@asynccontextmanager
async def kafka_spans(servers: Servers, *, client_id: str) -> AsyncIterator[KafkaSpans]:
    consumer = AIOKafkaConsumer(
        **connection(servers),
        client_id=client_id,
        enable_auto_commit=False,
        auto_offset_reset="none",
        fetch_max_wait_ms=FETCH_MS,
        max_poll_records=BATCH,
    )
    try:
        await consumer.start()
        yield KafkaSpans(consumer)
    except KafkaError as error:
        raise LogUnavailable(await why(servers, error)) from error
    finally:
        await consumer.stop()


def _batch(partition: Partition, span: range, records: Sequence[ConsumerRecord]) -> Batch:
    if records[0].offset != span.start:
        raise PositionOutOfRange(f"{partition} goes on at {records[0].offset}, wanted is {span.start}")
    inside = [record_of(partition, record) for record in records if record.offset < span.stop]
    return Batch(partition, span.start, span.start + len(inside), inside)
