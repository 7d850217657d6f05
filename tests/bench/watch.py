"""Reads along in the log: what happened, when it was said, and when it was seen."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from aik_events.envelope import Partition, decode
from aik_events.event import Event
from aik_events.log.kafka import record_of
from aik_events.topics import TRACKS
from aiokafka import AIOKafkaConsumer, TopicPartition

E = TypeVar("E", bound=Event)
SeenE = TypeVar("SeenE", bound=Event, covariant=True)


@dataclass(frozen=True)
class Seen(Generic[SeenE]):
    """`sent` is the producer's clock, `seen` the reader's: seconds since the epoch."""

    event: SeenE
    sent: float
    seen: float


class Watch:
    """Every event of one topic since it began, in the order of arrival."""

    def __init__(self) -> None:
        self.all: list[Seen[Event]] = []
        self._news = asyncio.Condition()

    async def until(self, found: Callable[["Watch"], bool], *, within_s: float) -> None:
        """Returns when it is so; raises TimeoutError."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: found(self))

    def of(self, event: type[E], job_ids: Iterable[str] = ()) -> list[Seen[E]]:
        """Events of this class, of these jobs when any are named."""
        wanted = set(job_ids)
        return [
            cast(Seen[E], one)
            for one in self.all
            if isinstance(one.event, event) and (not wanted or getattr(one.event, "job_id", None) in wanted)
        ]

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            found = await consumer.getmany(timeout_ms=1000)
            now = time.time()
            async with self._news:
                for tp, records in found.items():
                    partition = Partition(tp.topic, tp.partition)
                    self.all += [Seen(decode(record_of(partition, r)), r.timestamp / 1000, now) for r in records]
                self._news.notify_all()


@asynccontextmanager
async def watching(servers: str, topic: str = TRACKS) -> AsyncIterator[Watch]:
    """From the end of the log on."""
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=servers)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        await consumer.seek_to_end(*partitions)
        for partition in partitions:
            await consumer.position(partition)
        watch = Watch()
        reading = asyncio.create_task(watch._read(consumer))
        try:
            yield watch
        finally:
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
    finally:
        await consumer.stop()
