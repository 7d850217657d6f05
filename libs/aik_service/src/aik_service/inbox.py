"""The inbox: reads the log, folds it, and brings what follows up to date, all in one transaction a batch."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from aik_events.envelope import Partition, Undecodable, decode
from aik_events.event import Event
from aik_events.log import Batch, Log, LogUnavailable, Reader
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_service import metrics
from aik_service.database import OUTAGES, Database, table_of
from aik_service.folding import Fold, Projection, fold_all
from aik_service.inbox_tables import Folded, LogIdentity, LogPosition

log = structlog.get_logger()
POSITION = table_of(LogPosition)
FOLDED = table_of(Folded)
IDENTITY = table_of(LogIdentity)
PAUSE_S = 1.0


class ForeignLog(Exception):
    """This schema was folded from another Kafka cluster: point the service at the old cluster, or drop the schema."""

    code = "foreign-log"


class Inbox:
    """Every accepted position is in the database together with what its records caused, or neither is.

    Any number of processes may run the same inbox: the group shares the partitions out, and the position row decides
    who is right when two hold the same one.
    """

    def __init__(
        self, log: Log, database: Database, *, group: str, folds: Sequence[Fold], projection: Projection
    ) -> None:
        self._log = log
        self._database = database
        self._group = group
        self._folds = {fold.topic: fold for fold in folds}
        self._projection = projection
        self.stopped: dict[Partition, str] = {}
        """Partitions that stand before a record that does not decode, with the reason."""

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
        """Reads for ever; an outage of Kafka or Postgres is waited out."""
        while True:
            try:
                await self._read()
            except (LogUnavailable, *OUTAGES) as error:
                log.warning("the inbox waits for its servers", error=str(error))
                await asyncio.sleep(PAUSE_S)

    async def check(self) -> None:
        """Raises Undecodable while a partition stands."""
        if self.stopped:
            raise Undecodable("; ".join(f"{p}: {reason}" for p, reason in self.stopped.items()))

    async def _read(self) -> None:
        async with self._log.read(list(self._folds), group=self._group, start=self._begin) as reader:
            async for batch in reader:
                await self.take(reader, batch)

    async def take(self, reader: Reader, batch: Batch) -> None:
        """Folds one batch, as far as it decodes."""
        events, problem = _decoded(batch)
        end = batch.next if problem is None else batch.start + len(events)
        async with self._database.begin() as connection:
            mine = await self._advance(connection, batch, end)
            if mine:
                await self._apply(connection, batch, events)
        if not mine:
            reader.seek(batch.partition, (await self._positions([batch.partition]))[batch.partition])
            return
        metrics.RECORDS.labels(batch.partition.topic).inc(len(events))
        if problem is not None:
            self._stop(reader, batch.partition, end, problem)

    async def _advance(self, connection: AsyncConnection, batch: Batch, end: int) -> bool:
        """False when the position is not where this batch begins: somebody else has the partition now."""
        moved = await connection.execute(
            update(POSITION)
            .where(
                POSITION.c.topic == batch.partition.topic,
                POSITION.c.partition == batch.partition.number,
                POSITION.c.next == batch.start,
            )
            .values(next=end)
        )
        return bool(moved.rowcount)

    async def _apply(self, connection: AsyncConnection, batch: Batch, events: Sequence[tuple[int, Event]]) -> None:
        topic = batch.partition.topic
        fold = self._folds[topic]
        keys = {event.meta.subject for _, event in events}
        found = await connection.execute(
            select(FOLDED.c.key, FOLDED.c.state).where(FOLDED.c.topic == topic, FOLDED.c.key.in_(keys))
        )
        states = {key: fold.state.model_validate(state) for key, state in found}
        changes, after = fold_all(fold, states, batch.partition, events)
        if after:
            rows = [{"topic": topic, "key": k, "state": s.model_dump(mode="json")} for k, s in after.items()]
            upsert = insert(FOLDED).values(rows)
            await connection.execute(
                upsert.on_conflict_do_update(index_elements=["topic", "key"], set_={"state": upsert.excluded.state})
            )
        await self._projection.apply(connection, changes)

    async def _begin(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        """The group gives everything anew, so whatever stood is tried again, here or by whoever has it now."""
        self.stopped.clear()
        metrics.STOPPED.set(0)
        return await self._positions(partitions)

    async def _positions(self, partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        async with self._database.begin() as connection:
            rows = await connection.execute(select(POSITION.c.topic, POSITION.c.partition, POSITION.c.next))
            stored = {Partition(topic, number): offset for topic, number, offset in rows}
        return {partition: stored[partition] for partition in partitions}

    def _stop(self, reader: Reader, partition: Partition, offset: int, problem: str) -> None:
        reader.pause(partition)
        self.stopped[partition] = f"offset {offset}: {problem}"
        metrics.STOPPED.set(len(self.stopped))
        log.error("a record does not decode, its partition stands", partition=str(partition), offset=offset)


def _decoded(batch: Batch) -> tuple[list[tuple[int, Event]], str | None]:
    """The events up to the first record that does not decode, and what is wrong with that one."""
    events: list[tuple[int, Event]] = []
    for record in batch.records:
        try:
            events.append((record.offset, decode(record)))
        except Undecodable as problem:
            return events, str(problem)
    return events, None
