"""Spans of the log, in memory and on Kafka: exactly the records that were asked for, or an error."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import pytest
from aik_events.envelope import Partition, decode
from aik_events.event import Event
from aik_events.log import Log, PositionOutOfRange
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import KafkaSpans, MemorySpans, Spans, Wanted, kafka_spans
from aik_events.testing.author import Author
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError


@dataclass(frozen=True)
class Both:
    log: Log
    spans: Spans

    async def append(self, *events: Event) -> tuple[Partition, range]:
        """Where they are: one after the other, since nobody else writes to this partition meanwhile."""
        places = [await self.log.append(event) for event in events]
        return places[0].partition, range(places[0].offset, places[-1].offset + 1)

    async def read(self, wanted: Wanted) -> dict[Partition, list[Event]]:
        found: dict[Partition, list[Event]] = {}
        async for batch in self.spans.read(wanted):
            assert batch.start == wanted[batch.partition].start + len(found.get(batch.partition, []))
            assert batch.next == batch.start + len(batch.records)
            found.setdefault(batch.partition, []).extend(map(decode, batch.records))
        return found


@pytest.fixture(params=["memory", "kafka"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[Both]:
    if request.param == "memory":
        memory = MemoryLog(batch_size=2)
        yield Both(memory, MemorySpans(memory))
        return
    kafka = request.getfixturevalue("kafka")
    await create_topics(kafka, replication=1)
    log = KafkaLog(kafka, client_id="test")
    async with kafka_spans(kafka, client_id="test") as spans:
        yield Both(log, spans)
    await log.close()


async def test_exactly_what_was_asked_for_is_read_and_then_it_ends(both: Both) -> None:
    authors = [Author(f"trk_{uuid4().hex}") for _ in range(2)]
    written = {author.track: [author.imported(lyrics=True), *author.published()] for author in authors}
    wanted: dict[Partition, range] = {}
    expected: dict[Partition, list[Event]] = {}
    for events in written.values():
        partition, places = await both.append(*events)
        wanted[partition], expected[partition] = places[1:-1], events[1:-1]
    assert await both.read(wanted) == expected
    assert await both.read({partition: span[:2] for partition, span in wanted.items()}) == {
        partition: events[:2] for partition, events in expected.items()
    }
    assert await both.read({}) == {}


async def test_records_that_are_not_there_are_an_error(both: Both) -> None:
    partition, places = await both.append(Author(f"trk_{uuid4().hex}").imported())
    with pytest.raises(PositionOutOfRange):
        await both.read({partition: range(places.start, places.stop + 1_000)})


class Emptied(AIOKafkaConsumer):  # type: ignore[misc]  # it has no types
    """Its partitions begin later than what is asked for."""

    def __init__(self) -> None:
        """Connects to nothing."""

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        self.held = partitions

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at = offset

    async def end_offsets(self, partitions: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(partitions, 9)

    async def getmany(self, *_: object, **__: object) -> Mapping[TopicPartition, Sequence[object]]:
        raise OffsetOutOfRangeError({self.held[0]: self.at})

    def __del__(self) -> None:
        """Nothing is open."""


async def test_what_kafka_has_removed_is_out_of_range_and_no_outage() -> None:
    with pytest.raises(PositionOutOfRange):
        async for _ in KafkaSpans(Emptied()).read({Partition("tracks", 0): range(3)}):
            pass


async def test_a_read_does_not_wait_for_what_kafka_still_holds_of_the_one_before(both: Both) -> None:
    """Whoever reads works between two batches; beyond the end of a partition Kafka would hold a fetch for 500 ms."""
    places = [await both.append(Author(f"trk_{uuid4().hex}").imported(lyrics=True)) for _ in range(12)]
    began = time.perf_counter()
    for partition, span in places:
        async for _ in both.spans.read({partition: span}):
            await asyncio.sleep(0.02)
    assert time.perf_counter() - began < 12 * 0.25
