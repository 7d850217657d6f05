"""The log on Apache Kafka: an idempotent producer with acks=all, and readers that keep their own positions."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, TopicAuthorizationFailedError
from aiokafka.structs import ConsumerRecord

from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Destination, Event
from aik_events.log.admin import cluster_id
from aik_events.log.connection import Servers, connection
from aik_events.log.port import (
    AppendFailed,
    Batch,
    LogUnavailable,
    OutcomeUnknown,
    Position,
    PositionOutOfRange,
    Start,
)
from aik_events.log.refusal import why

POLL_MS = 200
BATCH = 500
CLOSE_S = 5
HEARTBEAT_MS = 1000
"""A reader learns at its next heartbeat that another one has joined or left."""


class KafkaLog:
    """Connects at the first use. `append_timeout_ms` bounds how long an append may wait for the brokers."""

    def __init__(self, servers: Servers, *, client_id: str, append_timeout_ms: int = 10_000) -> None:
        self._servers = servers
        self._client_id = client_id
        self._append_timeout_ms = append_timeout_ms
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._stopping: set[asyncio.Task[None]] = set()

    async def append(self, event: Event) -> Position:
        key = event.meta.subject.encode()
        what = f"{event.type} {event.meta.id}"
        return await self._send(event.destination, key, value_of(event), headers_of(event), what=what)

    async def copy(self, record: Record, topic: str, headers: Mapping[str, bytes]) -> Position:
        what = f"a copy of {record.partition}: offset {record.offset}"
        return await self._send(Destination(topic), record.key, record.value, {**record.headers, **headers}, what=what)

    async def _send(
        self, to: Destination, key: bytes, value: bytes, headers: Mapping[str, bytes], *, what: str
    ) -> Position:
        producer = await self._connected()
        try:
            async with asyncio.timeout(self._append_timeout_ms / 1000):
                if to.partition is not None and to.partition not in await producer.partitions_for(to.topic):
                    raise AppendFailed(f"{what}: there is no {to.topic}-{to.partition}")
                sent = await producer.send_and_wait(
                    to.topic, value, key, partition=to.partition, headers=list(headers.items())
                )
        except (MessageSizeTooLargeError, TopicAuthorizationFailedError) as error:
            raise AppendFailed(f"{what}: {error}") from error
        except (KafkaError, TimeoutError) as error:
            # The client itself waits out any outage of the brokers when it is idempotent.
            self._discard(producer)
            raise OutcomeUnknown(f"{what}: {error!r}") from error
        return Position(Partition(sent.topic, sent.partition), sent.offset)

    async def fire(self, event: Event) -> None:
        with suppress(KafkaError, LogUnavailable):
            producer = await self._connected()
            sent = await producer.send(
                event.TOPIC,
                key=event.meta.subject.encode(),
                value=value_of(event),
                headers=list(headers_of(event).items()),
            )
            sent.add_done_callback(lambda future: future.cancelled() or future.exception())

    @asynccontextmanager
    async def read(self, topics: Sequence[str], *, group: str | None, start: Start) -> AsyncIterator["KafkaReader"]:
        consumer = AIOKafkaConsumer(
            **connection(self._servers),
            client_id=self._client_id,
            group_id=group,
            enable_auto_commit=group is not None,
            auto_offset_reset="earliest",
            max_poll_records=BATCH,
            heartbeat_interval_ms=HEARTBEAT_MS,
        )
        reader = KafkaReader(consumer, start)
        try:
            consumer.subscribe(list(topics), listener=reader)
            await consumer.start()
            if group is None:
                reader.on_partitions_assigned(consumer.assignment())
            yield reader
        except KafkaError as error:
            raise LogUnavailable(await why(self._servers, error)) from error
        finally:
            await stopped(consumer, self._stopping)

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        consumer = AIOKafkaConsumer(*topics, **connection(self._servers), client_id=self._client_id)
        try:
            await consumer.start()
            numbers = {topic: consumer.partitions_for_topic(topic) or () for topic in topics}
            missing = [topic for topic, found in numbers.items() if not found]
            if missing:
                raise LogUnavailable(f"{', '.join(missing)}: no such topic; `aik-events topics create` makes it")
            ends = await consumer.end_offsets([TopicPartition(t, n) for t in topics for n in numbers[t]])
            return {Partition(tp.topic, tp.partition): offset for tp, offset in ends.items()}
        except KafkaError as error:
            raise LogUnavailable(await why(self._servers, error)) from error
        finally:
            await stopped(consumer, self._stopping)

    async def identity(self) -> str:
        return await cluster_id(self._servers)

    async def close(self) -> None:
        if self._producer is not None:
            self._discard(self._producer)
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=CLOSE_S)

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                self._producer = await self._started()
            return self._producer

    async def _started(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **connection(self._servers),
            client_id=self._client_id,
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=self._append_timeout_ms,
        )
        try:
            await producer.start()
        except BaseException as error:
            await producer.stop()
            if isinstance(error, KafkaError):
                raise LogUnavailable(await why(self._servers, error)) from error
            raise
        return producer

    def _discard(self, producer: AIOKafkaProducer) -> None:
        """A producer whose outcome is unknown may have lost its sequence: the next append gets a new one.

        It leaves in the background, since others may still wait for what they have sent through it.
        """
        stop = producer.stop
        if self._producer is producer:
            self._producer = None
            leaving: asyncio.Task[None] = asyncio.create_task(stop())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)


class KafkaReader(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """`_held` is what the group gave last; aiokafka's own assignment is still the old one while a rebalance goes on."""

    def __init__(self, consumer: AIOKafkaConsumer, start: Start) -> None:
        self._consumer = consumer
        self._start = start
        self._held: frozenset[Partition] = frozenset()
        self._positions: dict[Partition, int] = {}
        self._fetched: deque[tuple[Partition, Sequence[ConsumerRecord]]] = deque()

    def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._held = frozenset()
        self._positions.clear()
        self._fetched.clear()

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Only notes them: the loop below asks for their positions, where an error can reach the caller."""
        self._held = frozenset(Partition(tp.topic, tp.partition) for tp in assigned)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        while True:
            await self._take_up_new()
            if not self._fetched:
                found = await self._consumer.getmany(timeout_ms=POLL_MS)
                self._fetched.extend((Partition(tp.topic, tp.partition), records) for tp, records in found.items())
            while self._fetched:
                batch = self._batch(*self._fetched.popleft())
                if batch is not None:
                    self._positions[batch.partition] = batch.next
                    yield batch

    def _batch(self, partition: Partition, records: Sequence[ConsumerRecord]) -> Batch | None:
        """None for records of a partition that was given away, or moved back, since they were fetched."""
        start = self._positions.get(partition)
        if start is None or not records or records[0].offset < start:
            return None
        if records[0].offset > start:
            raise PositionOutOfRange(f"{partition} begins at {records[0].offset}, stored is {start}")
        return Batch(partition, start, records[-1].offset + 1, [record_of(partition, r) for r in records])

    async def _take_up_new(self) -> None:
        held = self._held
        new = sorted(held - self._positions.keys(), key=str)
        if not new:
            return
        positions = await self._start(new)
        tps = {p: TopicPartition(p.topic, p.number) for p in new}
        ends = await self._consumer.end_offsets(list(tps.values()))
        if self._held is not held:
            return  # A rebalance came in between: what was asked for may be somebody else's now.
        for partition, tp in tps.items():
            if positions[partition] > ends[tp]:
                raise PositionOutOfRange(f"{partition} ends at {ends[tp]}, stored is {positions[partition]}")
            self.seek(partition, positions[partition])

    def seek(self, partition: Partition, offset: int) -> None:
        if partition in self._held:
            self._positions[partition] = offset
            self._fetched = deque(found for found in self._fetched if found[0] != partition)
            self._consumer.seek(TopicPartition(partition.topic, partition.number), offset)


async def stopped(consumer: Any, stopping: set["asyncio.Task[None]"], patience_s: float = CLOSE_S) -> None:
    """Leaves the group; in the background, once it takes longer: while no broker answers, it takes for ever.

    It is never cut off, since the heart of that member would beat on for minutes. `stopping` keeps it until it is done.
    """
    stop: asyncio.Task[None] = asyncio.create_task(consumer.stop())
    stopping.add(stop)
    stop.add_done_callback(stopping.discard)
    done, _ = await asyncio.wait({stop}, timeout=patience_s)
    for each in done:
        each.result()


def record_of(partition: Partition, record: ConsumerRecord) -> Record:
    headers = {name: value or b"" for name, value in record.headers}
    return Record(partition, record.offset, record.key or b"", record.value or b"", headers)
