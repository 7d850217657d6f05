"""Records of a file appended to a log, to the byte and with their times; safe to do twice, and to go on with."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from aik_events.envelope import Partition
from aik_events.exchange.importing import Key, Place, Sequences, key_of, moved, there
from aik_events.exchange.lines import partitions_in, records_in
from aik_events.log.admin import TopicDiffers, partition_counts
from aik_events.log.connection import Servers, connection
from aik_events.log.port import LogUnavailable, OutcomeUnknown
from aik_events.log.refusal import why
from aik_events.log.scan import Watch, nobody_watches, scan
from aik_events.stored import Stored

BATCH_BYTES = 512 << 10
"""Half of what brokers take in one batch, unless they are told otherwise."""


@dataclass
class Taken:
    """By topic: how many records were appended, or would be, and how many were there."""

    appended: Counter[str] = field(default_factory=Counter)
    there: Counter[str] = field(default_factory=Counter)
    calling: set[bytes | None] = field(default_factory=set)
    """The tracks among those appended that name a callback URL."""


@dataclass(frozen=True)
class Plan:
    """What of a file a log hasn't yet, as it was when it was looked at. `taken` is what will be appended."""

    path: Path
    topics: Collection[str] | None
    known: Mapping[Key, int]
    log: Sequences
    named: Collection[Place]
    taken: Taken = field(default_factory=Taken)


async def planned(
    servers: Servers,
    path: Path,
    *,
    topics: Collection[str] | None = None,
    watch: Watch = nobody_watches,
) -> Plan:
    """Appends nothing yet.

    Raises Conflict where the log has other records of a key; TopicDiffers; LogUnavailable; NotAnExport.
    """
    wanted = Sequences.of(_records(path, topics))
    await _check_partitions(servers, path, {partition.topic for partition in wanted.partitions})
    log = Sequences()
    async for record in scan(servers, sorted(wanted.partitions, key=str), watch=watch):
        if key_of(record) in wanted.digests:
            log.add(record)
    plan = Plan(path, topics, there(log, wanted), log, wanted.named)
    trial = Taking(plan, plan.taken)
    for record in _records(path, topics):
        trial.is_new(record)
    return plan


async def take_in(servers: Servers, plan: Plan) -> Taken:
    """Appends it. Raises LogUnavailable; OutcomeUnknown when the log broke off: the same again goes on."""
    producer = AIOKafkaProducer(**connection(servers), acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES)
    try:
        await producer.start()
    except KafkaError as error:
        await producer.stop()
        raise LogUnavailable(await why(servers, error)) from error
    taking = Taking(plan, Taken())
    try:
        await append_new(producer, _records(plan.path, plan.topics), taking)
    except KafkaError as error:
        raise OutcomeUnknown(f"the import broke off: {error!r}") from error
    finally:
        await producer.stop()
    return taking.taken


def _records(path: Path, topics: Collection[str] | None) -> Iterator[Stored]:
    return (record for record in records_in(path) if topics is None or record.partition.topic in topics)


async def _check_partitions(servers: Servers, path: Path, topics: Collection[str]) -> None:
    """A key has its order in one partition, which must be the same one here."""
    theirs = partitions_in(path)
    for topic, count in (await partition_counts(servers, topics)).items():
        if count != theirs[topic]:
            raise TopicDiffers(f"{topic} has {count} partitions, and {theirs[topic]} where the records come from")


class Taking:
    """Goes through the file's records once more, and knows of each whether the log has it, and where."""

    def __init__(self, plan: Plan, taken: Taken) -> None:
        self._known = plan.known
        self._log = plan.log
        self._named = plan.named
        self._seen = Counter[Key]()
        self.places: dict[Place, int] = {}
        """Where those records are now that others give up."""
        self.taken = taken

    def is_new(self, record: Stored) -> bool:
        key = key_of(record)
        number, self._seen[key] = self._seen[key], self._seen[key] + 1
        if number < self._known[key]:
            self.taken.there[record.partition.topic] += 1
            if self.is_named(record):
                self.note(record, self._log.offsets[key][number])
            return False
        self.taken.appended[record.partition.topic] += 1
        if b'"callbackUrl":"' in (record.value or b""):
            self.taken.calling.add(record.key)
        return True

    def is_named(self, record: Stored) -> bool:
        return _place(record) in self._named

    def note(self, record: Stored, offset: int) -> None:
        self.places[_place(record)] = offset


def _place(record: Stored) -> Place:
    return record.partition.topic, record.partition.number, record.offset


async def append_new(producer: Any, records: Iterable[Stored], taking: Taking) -> None:
    """Topic after topic: none gets a record before the log has all those of the one before.

    Raises KafkaError; then the log has, of each partition, the first of what it should have got, and no later ones.
    """
    batches, topic = Batches(producer), None
    for record in records:
        if record.partition.topic != topic:
            await batches.send_all()
        topic = record.partition.topic
        if not taking.is_new(record):
            continue
        await batches.add(moved(record, taking.places))
        if taking.is_named(record):
            taking.note(record, await batches.send(record.partition))
    await batches.send_all()


class Batches:
    """Of each partition one batch that is filled; it is in the log, whole, before the next one of its partition begins.

    Records that are given to the producer one by one go into many batches, which it goes on sending after one failed.
    """

    def __init__(self, producer: Any) -> None:
        self._producer = producer
        self._open: dict[Partition, Any] = {}

    async def add(self, record: Stored) -> None:
        batch = self._open.get(record.partition)
        if batch is None or not _has_taken(batch, record):
            await self.send(record.partition)
            batch = self._open[record.partition] = self._producer.create_batch()
            _has_taken(batch, record)  # A batch that is empty takes one of any size.

    async def send(self, partition: Partition) -> int:
        """The offset of its last record; -1 where it has none."""
        batch = self._open.pop(partition, None)
        if batch is None:
            return -1
        sent = await self._producer.send_batch(batch, partition.topic, partition=partition.number)
        return int((await sent).offset) + int(batch.record_count()) - 1

    async def send_all(self) -> None:
        for result in await asyncio.gather(*map(self.send, tuple(self._open)), return_exceptions=True):
            if isinstance(result, BaseException):
                raise result


def _has_taken(batch: Any, record: Stored) -> bool:
    headers = list(record.headers)
    return batch.append(timestamp=record.timestamp_ms, key=record.key, value=record.value, headers=headers) is not None
