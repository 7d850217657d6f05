"""The inbox: reads the log, folds it, and brings what follows up to date, all in one transaction a batch."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from aik_events.catalogue import JobCanceled, RecordDropped, TrackDeleted
from aik_events.envelope import Partition, decode
from aik_events.holding import Decode, Reading, Ready, let_go, pass_on, read
from aik_events.log import Batch, Log, LogUnavailable, Reader
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_service import holds, metrics
from aik_service.database import OUTAGES, Database, SchemaMoved, table_of
from aik_service.dead_letters import DeadLetters
from aik_service.folding import Change, Fold, Projection, fold_all
from aik_service.inbox_tables import Folded, LogIdentity, LogPosition
from aik_service.rows import upsert

log = structlog.get_logger()
T = TypeVar("T")
POSITION = table_of(LogPosition)
FOLDED = table_of(Folded)
IDENTITY = table_of(LogIdentity)
PAUSE_S = 1.0
HALTING = (JobCanceled, TrackDeleted)
"""What stops running work even while it is held."""


def nothing(changes: Sequence[Change]) -> None:
    return


class ForeignLog(Exception):
    """This schema was folded from another Kafka cluster: point the service at the old cluster, or drop the schema."""

    code = "foreign-log"


@dataclass(frozen=True)
class Settled:
    """What a transaction came to: what it folded, what is held of their keys, and what is news of that."""

    changes: Sequence[Change]
    held: Sequence[Reading]
    broken: Sequence[Reading]

    @property
    def folded(self) -> int:
        return len(self.changes)


@dataclass(frozen=True)
class Redriven:
    """One key of which something was held: how many of its records were folded, and how many are still held."""

    partition: Partition
    key: bytes
    folded: int
    held: int


class Inbox:
    """Every accepted position is in the database together with what its records caused, or neither is.

    Any number of processes may run the same inbox: a group of Kafka shares the partitions out, and the position row
    decides who is right when two hold the same one. `group` is the consumer's name; the group is of one schema, so that
    a release which folds into another one takes nothing away from this. A record that does not decode is passed and
    held, together with the later ones of its key (`aik_events.holding`); other keys flow. `told` is called with what
    was folded once it is stored; who dies in between has told nobody.
    """

    def __init__(
        self,
        log: Log,
        database: Database,
        *,
        group: str,
        folds: Sequence[Fold],
        projection: Projection,
        decode: Decode = decode,
        told: Callable[[Sequence[Change]], None] = nothing,
    ) -> None:
        self._log = log
        self._told = told
        self._database = database
        self._group = group
        self._folds = {fold.topic: fold for fold in folds}
        self._projection = projection
        self._decode = decode
        self._dead_letters = DeadLetters(log, database, consumer=group)
        metrics.begin_topics(self._folds)

    async def prepare(self) -> None:
        """Stores the log's ends for a schema that is new. Raises ForeignLog."""
        identity = await self._log.identity()
        ends = await self._log.ends(list(self._folds))
        async with self._database.begin() as connection:
            await connection.execute(insert(IDENTITY).values(cluster_id=identity).on_conflict_do_nothing())
            known = (await connection.execute(select(IDENTITY.c.cluster_id))).scalars().all()
            if known != [identity]:
                raise ForeignLog(f"{self._database.schema} was folded from {known}, this is {identity}")
            rows = [{"topic": p.topic, "partition": p.number, "next": 0, "barrier": end} for p, end in ends.items()]
            await connection.execute(insert(POSITION).values(rows).on_conflict_do_nothing())

    async def run(self) -> None:
        """Reads for ever, and copies what does not decode; an outage of Kafka or Postgres is waited out."""
        parts = [asyncio.create_task(part) for part in (self._read_on(), self._dead_letters.run())]
        try:
            await asyncio.gather(*parts)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.wait(parts)

    async def _read_on(self) -> None:
        while True:
            try:
                await self._read()
            except (LogUnavailable, *OUTAGES) as error:
                log.warning("the inbox waits for its servers", error=str(error))
                await asyncio.sleep(PAUSE_S)

    async def _read(self) -> None:
        group = f"{self._group}.{self._database.schema}"
        async with self._log.read(list(self._folds), group=group, start=self._begin) as reader:
            async for batch in reader:
                await self.take(reader, batch)

    async def take(self, reader: Reader, batch: Batch) -> None:
        """Folds or holds every record of one batch."""
        readings = [read(record, self._decode) for record in batch.records]
        settled = None
        with suppress(SchemaMoved):
            async with self._database.begin() as connection:
                if await self._advance(connection, batch):
                    settled = await self._pass_on(connection, batch.partition, readings)
        if settled is None:
            reader.seek(batch.partition, (await self._begin([batch.partition]))[batch.partition])
        else:
            self._tell(batch.partition, settled)

    async def redrive(self, partitions: Sequence[Partition] | None = None) -> Sequence[Redriven]:
        """Tries everything that is held again, in order, as far as it decodes now; one transaction a key.

        Of these partitions, or of all: whoever reads them meanwhile waits at their position rows.
        """
        done: list[Redriven] = []
        async with self._database.begin() as connection:
            keys = await holds.held_keys(connection, self._folds.keys())
        for partition, key in keys:
            if partitions is None or partition in partitions:
                done.append(await self.redrive_key(partition, key))
        return done

    async def redrive_key(self, partition: Partition, key: bytes) -> Redriven:
        """In one transaction; nothing is done when nothing is held."""
        while True:
            with suppress(SchemaMoved):
                return await self._try_again(partition, key)

    async def _try_again(self, partition: Partition, key: bytes) -> Redriven:
        async with self._database.begin() as connection:
            position = select(POSITION.c.next).where(_at(partition))
            await connection.execute(position.with_for_update())
            await self._database.fence(connection)
            held = await holds.held_of(connection, partition, key)
            ready, after = let_go([read(hold.record, self._decode) for hold in held])
            settled = await self._settle(connection, partition, held, ready, after)
        self._tell(partition, settled)
        if settled.folded:
            log.info("held records are read now", partition=str(partition), folded=settled.folded)
        return Redriven(partition, key, settled.folded, len(settled.held))

    async def _advance(self, connection: AsyncConnection, batch: Batch) -> bool:
        """False when the position is not where this batch begins: somebody else has the partition now."""
        here = update(POSITION).where(_at(batch.partition), POSITION.c.next == batch.start)
        moved = await connection.execute(here.values(next=batch.next))
        await self._database.fence(connection)
        return bool(moved.rowcount)

    async def _pass_on(self, connection: AsyncConnection, partition: Partition, readings: Sequence[Reading]) -> Settled:
        before = await self._held(connection, partition, readings)
        ready: Ready = []
        after = {key: [self._reading(hold) for hold in held] for key, held in before.items()}
        for reading in readings:
            key = reading.record.key
            events, after[key] = pass_on(after.get(key, []), reading)
            ready += events
        return await self._settle(connection, partition, _flat(before), ready, _flat(after))

    async def _held(
        self, connection: AsyncConnection, partition: Partition, readings: Sequence[Reading]
    ) -> Mapping[bytes, Sequence[holds.Hold]]:
        """What is held of the keys of these records; of a key of which nothing can be let go, the first one will do."""
        heads = await holds.heads(connection, partition, {reading.record.key for reading in readings})
        dropping = {reading.record.key for reading in readings if isinstance(reading.event, RecordDropped)}
        return {
            key: await holds.held_of(connection, partition, key) if key in dropping else [head]
            for key, head in heads.items()
        }

    def _reading(self, hold: holds.Hold) -> Reading:
        """What did not decode is not tried again: that is redrive's, which does so with all that waits behind it."""
        return Reading(hold.record, problem=hold.problem) if hold.problem else read(hold.record, self._decode)

    async def _settle(
        self,
        connection: AsyncConnection,
        partition: Partition,
        before: Sequence[holds.Hold],
        ready: Ready,
        after: Sequence[Reading],
    ) -> Settled:
        """Stores what is held now, folds what is ready, and halts what is held but asks to be stopped."""
        await holds.store(connection, partition, before, after)
        changes = await self._fold(connection, partition, ready) if ready else []
        # After each fold anew, since it may bring back what was halted before.
        halting = [reading.event for reading in after if isinstance(reading.event, HALTING)]
        if halting:
            await self._projection.halt(connection, halting)
        known = {hold.record.offset for hold in before if hold.problem}
        broken = [r for r in after if r.event is None and r.record.offset not in known]
        return Settled(changes, after, broken)

    async def _fold(self, connection: AsyncConnection, partition: Partition, events: Ready) -> Sequence[Change]:
        topic = partition.topic
        fold = self._folds[topic]
        keys = {event.meta.subject for _, event in events}
        found = await connection.execute(
            select(FOLDED.c.key, FOLDED.c.state).where(FOLDED.c.topic == topic, FOLDED.c.key.in_(keys))
        )
        states = {key: fold.state.model_validate(state) for key, state in found}
        changes, after = fold_all(fold, states, partition, events)
        rows = [{"topic": topic, "key": k, "state": s.model_dump(mode="json")} for k, s in after.items()]
        await upsert(connection, FOLDED, rows)
        await self._projection.apply(connection, changes)
        return changes

    async def _begin(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """What whoever had these partitions before could not read, this process may: at its start, and after others.

        Also where another one was faster with a batch: as a partition goes over, the older process's last batch of it
        may come after the newer one has tried again what was held until then.
        """
        await self.redrive(partitions)
        return await self._positions(partitions)

    async def _positions(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        async with self._database.begin() as connection:
            rows = await connection.execute(select(POSITION.c.topic, POSITION.c.partition, POSITION.c.next))
            stored = {Partition(topic, number): offset for topic, number, offset in rows}
        return {partition: stored[partition] for partition in partitions}

    def _tell(self, partition: Partition, settled: Settled) -> None:
        metrics.RECORDS.labels(partition.topic).inc(settled.folded)
        self._told(settled.changes)
        for reading in settled.broken:
            about = {"topic": partition.topic, "partition": partition.number, "offset": reading.record.offset}
            log.error("a record does not decode, its key is held", **about, reason=reading.problem)
        if settled.broken:
            self._dead_letters.ring()


def _at(partition: Partition) -> Any:
    return (POSITION.c.topic == partition.topic) & (POSITION.c.partition == partition.number)


def _flat(by_key: Mapping[bytes, Sequence[T]]) -> Sequence[T]:
    return [each for of_key in by_key.values() for each in of_key]
