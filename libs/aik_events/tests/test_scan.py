"""How long is waited for records that are known to be there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from aik_events.log import LogUnavailable
from aik_events.log.scan import PATIENCE_MS, POLL_MS, merged, nobody_watches
from aiokafka import TopicPartition
from aiokafka.structs import ConsumerRecord

FIRST, SECOND = TopicPartition("aik.tracks", 0), TopicPartition("aik.tracks", 1)
Found = Mapping[TopicPartition, Sequence[int]]


def record(at: TopicPartition, offset: int) -> Any:
    return ConsumerRecord(at.topic, at.partition, offset, offset, 0, b"trk_1", b"{}", 0, 0, 0, ())


class Consumer:
    """Finds these offsets, one answer a poll, and then nothing any more, as when the brokers are gone."""

    def __init__(self, answers: Iterator[Found]) -> None:
        self._answers = answers
        self._positions: dict[TopicPartition, int] = {}
        self.now_ms = 0

    def clock(self) -> float:
        return self.now_ms / 1000

    async def getmany(self, *, timeout_ms: int) -> Mapping[TopicPartition, Sequence[Any]]:
        self.now_ms += timeout_ms
        found = next(self._answers, {})
        self._positions |= {tp: offsets[-1] + 1 for tp, offsets in found.items()}
        return {tp: [record(tp, offset) for offset in offsets] for tp, offsets in found.items()}

    async def position(self, tp: TopicPartition) -> int:
        return self._positions.get(tp, 0)

    def paused(self) -> set[TopicPartition]:
        return set()

    def pause(self, *_: TopicPartition) -> None: ...
    def resume(self, *_: TopicPartition) -> None: ...


async def read(consumer: Consumer, spans: Mapping[TopicPartition, range]) -> list[int]:
    return [each.offset async for each in merged(consumer, spans, nobody_watches, consumer.clock)]


async def test_a_log_of_which_nothing_comes_any_more_is_unavailable() -> None:
    consumer = Consumer(iter([{FIRST: [0, 1]}, {SECOND: [0]}]))
    with pytest.raises(LogUnavailable, match=r"nothing has come for 10 s; 2 of 5 records were read"):
        await read(consumer, {FIRST: range(3), SECOND: range(2)})
    assert consumer.now_ms == PATIENCE_MS + 2 * POLL_MS


async def test_a_slow_log_is_read_to_its_end() -> None:
    pause: list[Found] = [{}] * (PATIENCE_MS // POLL_MS - 1)
    answers: list[Found] = [*pause, {FIRST: [0]}, *pause, {SECOND: [0]}, *pause, {FIRST: [1]}]
    consumer = Consumer(iter(answers))
    assert await read(consumer, {FIRST: range(2), SECOND: range(1)}) == [0, 0, 1]
