"""Records of a file appended to a log, to the byte and with their times; safe to do twice, and to go on with."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from aik_events.exchange.importing import Key, Place, Sequences, key_of, moved, there
from aik_events.exchange.lines import partitions_in, records_in
from aik_events.log.admin import TopicDiffers, partition_counts
from aik_events.log.connection import Servers, connection
from aik_events.log.port import LogUnavailable, OutcomeUnknown
from aik_events.log.scan import Watch, nobody_watches, scan
from aik_events.stored import Stored

AT_ONCE = 500


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
    producer = AIOKafkaProducer(**connection(servers), acks="all", enable_idempotence=True, linger_ms=5)
    try:
        await producer.start()
    except KafkaError as error:
        await producer.stop()
        raise LogUnavailable(repr(error)) from error
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
    """Topic after topic: none gets a record before the log has all those of the one before. Raises KafkaError."""
    sent: list[asyncio.Future[RecordMetadata]] = []
    topic = None
    for record in records:
        if len(sent) >= AT_ONCE or record.partition.topic != topic:
            await asyncio.gather(*sent)
            sent.clear()
        topic = record.partition.topic
        if not taking.is_new(record):
            continue
        sent.append(await _send(producer, moved(record, taking.places)))
        if taking.is_named(record):
            taking.note(record, (await sent[-1]).offset)
    await asyncio.gather(*sent)


async def _send(producer: Any, record: Stored) -> "asyncio.Future[RecordMetadata]":
    sent: asyncio.Future[RecordMetadata] = await producer.send(
        record.partition.topic,
        record.value,
        record.key,
        partition=record.partition.number,
        timestamp_ms=record.timestamp_ms,
        headers=list(record.headers),
    )
    return sent
