"""Reading the log once, up to where it ends now: partitions merged by time, no more of them in memory than needed."""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from time import monotonic
from types import MappingProxyType

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from aik_events.envelope import Partition
from aik_events.log.admin import partition_counts
from aik_events.log.connection import Servers, connection
from aik_events.log.port import LogUnavailable
from aik_events.log.refusal import why
from aik_events.stored import Stored

POLL_MS = 200
PATIENCE_MS = 10_000
"""So long an answer may take; and so long nothing may come of what is known to be there."""
MOST_WAITING = 5_000
"""So many records of a partition that is ahead of the others wait in memory before it is held back."""

Watch = Callable[[int, int], None]
"""Is told how many records were read, and of how many."""


@dataclass(frozen=True)
class Window:
    """Records from this time on, before that time, or the last of each partition."""

    since_ms: int | None = None
    until_ms: int | None = None
    last: int | None = None

    def has(self, record: Stored) -> bool:
        is_early = self.since_ms is not None and record.timestamp_ms < self.since_ms
        return not is_early and (self.until_ms is None or record.timestamp_ms < self.until_ms)


EVERYTHING = Window()


def nobody_watches(read: int, total: int) -> None:
    return


@asynccontextmanager
async def consuming(servers: Servers) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group and, at first, without partitions. Raises LogUnavailable."""
    consumer = AIOKafkaConsumer(
        **connection(servers), enable_auto_commit=False, auto_offset_reset="earliest", request_timeout_ms=PATIENCE_MS
    )
    try:
        await consumer.start()
        yield consumer
    except KafkaError as error:
        raise LogUnavailable(await why(servers, error)) from error
    finally:
        await consumer.stop()


async def partitions_of(servers: Servers, topics: Sequence[str]) -> list[Partition]:
    counts = await partition_counts(servers, topics)
    return [Partition(topic, number) for topic in topics for number in range(counts[topic])]


async def ends_of(servers: Servers, *groups: Sequence[Partition]) -> Mapping[Partition, int]:
    """The offset that comes next in each partition now; one group is looked at after the other."""
    ends: dict[Partition, int] = {}
    async with consuming(servers) as consumer:
        for partitions in groups:
            found = await consumer.end_offsets([TopicPartition(p.topic, p.number) for p in partitions])
            ends |= {Partition(tp.topic, tp.partition): end for tp, end in found.items()}
    return ends


async def _begun(
    consumer: AIOKafkaConsumer,
    partitions: Sequence[Partition],
    window: Window,
    ends: Mapping[Partition, int] = MappingProxyType({}),
) -> Mapping[TopicPartition, range]:
    """What is there of each partition now, and before its end of these; the consumer stands where that begins."""
    tps = {TopicPartition(p.topic, p.number): p for p in partitions}
    consumer.assign(list(tps))
    found = await spans_of(consumer, list(tps), window)
    spans = {tp: range(span.start, min(span.stop, ends.get(tps[tp], span.stop))) for tp, span in found.items()}
    for tp, span in spans.items():
        consumer.seek(tp, span.start)
    return spans


async def scan(
    servers: Servers,
    partitions: Sequence[Partition],
    window: Window = EVERYTHING,
    watch: Watch = nobody_watches,
    ends: Mapping[Partition, int] = MappingProxyType({}),
) -> AsyncIterator[Stored]:
    """The records that are there now: each partition's in its order, and of several the earlier one first.

    Of a partition that `ends` names, those before that offset.
    """
    if not partitions:
        return
    async with consuming(servers) as consumer:
        spans = await _begun(consumer, partitions, window, ends)
        async for record in merged(consumer, spans, watch):
            if window.has(record):
                yield record


async def follow(
    servers: Servers, partitions: Sequence[Partition], window: Window
) -> AsyncGenerator[Stored | None, None]:
    """What `scan` gives, then None, and from then on whatever comes: endless."""
    async with consuming(servers) as consumer:
        spans = await _begun(consumer, partitions, window)
        async for record in merged(consumer, spans, nobody_watches):
            if window.has(record):
                yield record
        yield None
        for tp, span in spans.items():
            consumer.seek(tp, span.stop)
        consumer.resume(*spans)
        while True:
            found = await consumer.getmany(timeout_ms=POLL_MS)
            for record in sorted((stored(r) for records in found.values() for r in records), key=lambda r: r.order):
                yield record


async def spans_of(
    consumer: AIOKafkaConsumer, tps: Sequence[TopicPartition], window: Window
) -> dict[TopicPartition, range]:
    """The offsets of each partition that may be in the window; what comes after its end may have been imported."""
    begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
    if window.last is not None:
        begins = {tp: max(begins[tp], ends[tp] - window.last) for tp in tps}
    if window.since_ms is not None:
        found = await consumer.offsets_for_times(dict.fromkeys(tps, window.since_ms))
        begins = {tp: max(begins[tp], at.offset if (at := found[tp]) else ends[tp]) for tp in tps}
    return {tp: range(begins[tp], ends[tp]) for tp in tps}


async def merged(
    consumer: AIOKafkaConsumer,
    spans: Mapping[TopicPartition, range],
    watch: Watch,
    clock: Callable[[], float] = monotonic,
) -> AsyncIterator[Stored]:
    """The earliest of what waits, once something of every partition waits that has more to come.

    Raises LogUnavailable when nothing comes for PATIENCE_MS: a client whose brokers are gone finds nothing, for ever.
    """
    waiting: dict[TopicPartition, deque[Stored]] = {tp: deque() for tp in spans}
    heads: list[tuple[tuple[int, str, int, int], TopicPartition]] = []
    bare = {tp for tp, span in spans.items() if span}
    _hold_back(consumer, [tp for tp in spans if tp not in bare])
    done, total = 0, sum(map(len, spans.values()))
    while bare or heads:
        since = clock()
        while bare:
            if await _fetch(consumer, spans, waiting):
                since = clock()
            elif clock() - since >= PATIENCE_MS / 1000:
                raise LogUnavailable(
                    f"nothing has come for {PATIENCE_MS / 1000:g} s; {done} of {total} records were read"
                )
            filled = {tp for tp in bare if waiting[tp]}
            heads += [(waiting[tp][0].order, tp) for tp in filled]
            bare = {tp for tp in bare - filled if await consumer.position(tp) < spans[tp].stop}
            heapify(heads)
            watch(done, total)
        if not heads:
            break
        _, tp = heappop(heads)
        record = waiting[tp].popleft()
        done += 1
        yield record
        if waiting[tp]:
            heappush(heads, (waiting[tp][0].order, tp))
        elif await consumer.position(tp) < spans[tp].stop:
            bare.add(tp)
    watch(total, total)


async def _fetch(
    consumer: AIOKafkaConsumer, spans: Mapping[TopicPartition, range], waiting: Mapping[TopicPartition, deque[Stored]]
) -> bool:
    """Takes over all that has come, and holds back those partitions that are far ahead, or at their end.

    Whether anything has come.
    """
    ahead = [tp for tp, records in waiting.items() if len(records) >= MOST_WAITING]
    behind = [tp for tp, records in waiting.items() if len(records) < MOST_WAITING and tp in consumer.paused()]
    _hold_back(consumer, ahead)
    if behind:
        at_end = {tp for tp in behind if await consumer.position(tp) >= spans[tp].stop}
        consumer.resume(*(tp for tp in behind if tp not in at_end))
    found = await consumer.getmany(timeout_ms=POLL_MS)
    for tp, records in found.items():
        waiting[tp].extend(stored(record) for record in records if record.offset < spans[tp].stop)
        if await consumer.position(tp) >= spans[tp].stop:
            _hold_back(consumer, [tp])
    return bool(found)


def _hold_back(consumer: AIOKafkaConsumer, tps: Sequence[TopicPartition]) -> None:
    if tps:
        consumer.pause(*tps)


def stored(record: ConsumerRecord) -> Stored:
    partition = Partition(record.topic, record.partition)
    return Stored(partition, record.offset, record.timestamp, record.key, record.value, tuple(record.headers))
