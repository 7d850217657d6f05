"""In which order records of a file reach the log."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aik_events.envelope import Partition, headers_of, value_of
from aik_events.event import Event
from aik_events.exchange.importing import Sequences, there
from aik_events.log.taking_in import Plan, Taken, Taking, append_new
from aik_events.stored import Stored
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aiokafka.errors import KafkaError
from pydantic_core import from_json


class Batch:
    """Takes two records."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    def append(self, *, timestamp: int, key: bytes, value: bytes, headers: Sequence[Any]) -> object | None:
        if len(self.values) == 2:
            return None
        self.values.append(value)
        return timestamp, key, headers

    def record_count(self) -> int:
        return len(self.values)


class SlowProducer:
    """Has appended nothing of what it was sent until somebody waits for it; fails the batch with this value."""

    def __init__(self, *, failing: bytes = b"") -> None:
        self.told: list[str] = []
        self.logs: dict[Partition, list[bytes]] = defaultdict(list)
        self._failing = failing

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        self.told.append(f"sent {topic}")
        appended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(self._append, batch, Partition(topic, partition), appended)
        return appended

    def _append(self, batch: Batch, partition: Partition, appended: "asyncio.Future[Any]") -> None:
        if self._failing in batch.values:
            appended.set_exception(KafkaError())
            return
        self.told.append(f"appended {partition.topic}")
        appended.set_result(SimpleNamespace(offset=10 + len(self.logs[partition])))
        self.logs[partition] += batch.values


def stored(event: Event, offset: int) -> Stored:
    partition = Partition(event.TOPIC, 0)
    return Stored(partition, offset, 5, event.meta.subject.encode(), value_of(event), tuple(headers_of(event).items()))


def taking_of(records: Sequence[Stored]) -> Taking:
    wanted = Sequences.of(records)
    return Taking(Plan(Path(), None, there(Sequences(), wanted), Sequences(), wanted.named), Taken())


async def test_the_log_has_all_of_a_topic_before_the_next_gets_anything() -> None:
    author, asset = Author(), AssetAuthor()
    events = [asset.upload_started(), asset.uploaded(), author.imported(), author.edited()]
    records = [stored(event, number) for number, event in enumerate(events)]
    producer = SlowProducer()
    await append_new(producer, records, taking_of(records))
    assets, tracks = "aik.assets", "aik.tracks"
    both = [[f"{what} {topic}"] for topic in (assets, tracks) for what in ("sent", "appended")]
    assert producer.told == [line for lines in both for line in lines]


@pytest.mark.parametrize("failing", [b"0", b"3", b"5", b"8"])
async def test_after_a_batch_that_failed_no_later_one_of_its_partition_is_appended(failing: bytes) -> None:
    first, second = Partition("aik.tracks", 0), Partition("aik.tracks", 1)
    values = [str(number).encode() for number in range(9)]
    records = [Stored((first, second)[n % 2], n, 5, b"trk_1", value, ()) for n, value in enumerate(values)]
    producer = SlowProducer(failing=failing)
    with pytest.raises(KafkaError):
        await append_new(producer, records, taking_of(records))
    await asyncio.sleep(0)
    for partition in (first, second):
        wanted = [record.value for record in records if record.partition == partition]
        there = producer.logs[partition]
        assert there == wanted[: len(there)]
        assert failing not in there


async def test_a_record_that_is_given_up_is_named_where_it_lies_now() -> None:
    author = Author()
    plain = [stored(author.imported(), 0), stored(author.edited(), 1)]
    poison = replace(plain[1], offset=2, value=b"?", headers=())
    records = [*plain, poison, stored(author.dropped("aik.tracks", 0, 2), 3)]
    producer = SlowProducer()
    await append_new(producer, records, taking_of(records))
    [values] = producer.logs.values()
    assert values[:3] == [record.value for record in records[:3]]
    assert from_json(values[3])["offset"] == 12
