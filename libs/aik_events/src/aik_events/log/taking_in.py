"""Records of a file appended to a log, to the byte and with their times; safe to do twice, and to go on with."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

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


async def take_in(
    servers: Servers,
    path: Path,
    *,
    topics: Collection[str] | None = None,
    dry_run: bool = False,
    watch: Watch = nobody_watches,
) -> Taken:
    """Appends what the log hasn't yet, or only counts it.

    Raises Conflict, before anything is appended, where the log has other records of a key; TopicDiffers;
    LogUnavailable; NotAnExport; OutcomeUnknown when the log broke off: the same again goes on.
    """
    wanted = Sequences.of(_records(path, topics))
    await _check_partitions(servers, path, {partition.topic for partition in wanted.partitions})
    log = Sequences()
    async for record in scan(servers, sorted(wanted.partitions, key=str), watch=watch):
        if key_of(record) in wanted.digests:
            log.add(record)
    taking = Taking(there(log, wanted), log, wanted.named)
    if dry_run:
        for record in _records(path, topics):
            taking.is_new(record)
    else:
        await _append(servers, _records(path, topics), taking)
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

    def __init__(self, known: Mapping[Key, int], log: Sequences, named: Collection[Place]) -> None:
        self._known = known
        self._log = log
        self._named = named
        self._seen = Counter[Key]()
        self.places: dict[Place, int] = {}
        """Where those records are now that others give up."""
        self.taken = Taken()

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


async def _append(servers: Servers, records: Iterable[Stored], taking: Taking) -> None:
    producer = AIOKafkaProducer(**connection(servers), acks="all", enable_idempotence=True, linger_ms=5)
    try:
        await producer.start()
    except KafkaError as error:
        await producer.stop()
        raise LogUnavailable(repr(error)) from error
    sent: list[asyncio.Future[RecordMetadata]] = []
    try:
        for record in records:
            if not taking.is_new(record):
                continue
            sent.append(await _send(producer, moved(record, taking.places)))
            if taking.is_named(record):
                taking.note(record, (await sent[-1]).offset)
            if len(sent) >= AT_ONCE:
                await asyncio.gather(*sent)
                sent.clear()
        await asyncio.gather(*sent)
    except KafkaError as error:
        raise OutcomeUnknown(f"the import broke off: {error!r}") from error
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, record: Stored) -> "asyncio.Future[RecordMetadata]":
    sent: asyncio.Future[RecordMetadata] = await producer.send(
        record.partition.topic,
        record.value,
        record.key,
        partition=record.partition.number,
        timestamp_ms=record.timestamp_ms,
        headers=list(record.headers),
    )
    return sent
