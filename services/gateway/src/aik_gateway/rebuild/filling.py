"""Filling a schema that nobody reads: many records a transaction, each aggregate's rows written once in it."""

from collections.abc import AsyncIterable, Collection, Mapping, Sequence
from typing import Any

from aik_events.envelope import Partition, Record
from aik_events.log import Batch
from aik_service import holds
from aik_service.database import Database, table_of
from aik_service.folding import Change, Fold
from aik_service.inbox_tables import Folded, LogPosition
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_gateway.readmodel.model import Model
from aik_gateway.readmodel.models import MODELS
from aik_gateway.readmodel.projector import FOLDS
from aik_gateway.readmodel.rows import by_table, changed_rows, event_rows
from aik_gateway.rebuild.copying import copy_beside, copy_over
from aik_gateway.rebuild.refused import Refused
from aik_gateway.rebuild.replay import Replay

BATCH = 5_000
"""So many records a transaction, at least, while there are more of the partition."""
STATES = 20_000
"""No more states of one partition than these are kept in memory from one transaction to the next."""

FOLDED, POSITION = table_of(Folded), table_of(LogPosition)
FOLD_OF: Mapping[str, Fold] = {fold.topic: fold for fold in FOLDS}


class Overtaken(Refused):
    """Somebody else fills this schema, or has: run one rebuild at a time."""

    code = "rebuild-overtaken"


async def fill(
    database: Database,
    batches: AsyncIterable[Batch],
    chosen: Collection[bytes] | None = None,
    models: Sequence[Model] = MODELS,
    *,
    at_least: int = BATCH,
    states: int = STATES,
) -> None:
    """Folds batches, each partition's one after the other, from where the schema is; of these keys alone, or of all.

    A transaction moves the position and writes what follows, or does neither: whoever goes on later begins there.
    `at_least` and `states` are other values for BATCH and STATES.
    """
    filling: PartitionFilling | None = None
    waiting: list[Batch] = []
    async for batch in batches:
        if filling is not None and filling.partition != batch.partition:
            await filling.take(waiting)
            filling, waiting = None, []
        filling = filling or await begun(database, batch.partition, chosen, models, states)
        waiting.append(batch)
        if batch.next - waiting[0].start >= at_least:
            await filling.take(waiting)
            waiting = []
    if filling is not None:
        await filling.take(waiting)


async def begun(
    database: Database, partition: Partition, chosen: Collection[bytes] | None, models: Sequence[Model], states: int
) -> "PartitionFilling":
    async with database.begin() as connection:
        keys = [key for at, key in await holds.held_keys(connection, [partition.topic]) if at == partition]
        held = [hold for key in keys for hold in await holds.held_of(connection, partition, key)]
    return PartitionFilling(database, partition, held, chosen, models, states)


class PartitionFilling:
    def __init__(
        self,
        database: Database,
        partition: Partition,
        held: Sequence[holds.Hold],
        chosen: Collection[bytes] | None,
        models: Sequence[Model],
        states: int,
    ) -> None:
        self.partition = partition
        self._database = database
        self._fold = FOLD_OF[partition.topic]
        self._chosen = chosen
        self._held = held
        self._replay = Replay(self._fold, partition, held)
        self._models = models
        self._states = states

    async def take(self, batches: Sequence[Batch]) -> None:
        """Raises Overtaken when the schema is not where the first one begins."""
        if not batches:
            return
        records = [record for batch in batches for record in batch.records if self._is_chosen(record)]
        ready = self._replay.ready(records)
        async with self._database.begin() as connection:
            # What a crash of Postgres loses of these is filled again: position and rows are lost together.
            await connection.execute(text("SET LOCAL synchronous_commit = off"))
            await self._advance(connection, batches[0].start, batches[-1].next)
            await self._learn(connection, self._replay.unknown(ready))
            new = self._replay.unknown(ready)
            changes, after = self._replay.fold(ready)
            await self._write(connection, changes, after, new)
            held = self._replay.held
            await holds.store(connection, self.partition, self._held, held)
        self._held = [holds.Hold(reading.record, reading.problem) for reading in held]
        self._replay.forget(self._states)

    def _is_chosen(self, record: Record) -> bool:
        return self._chosen is None or record.key in self._chosen

    async def _advance(self, connection: AsyncConnection, start: int, next: int) -> None:
        here = (POSITION.c.topic == self.partition.topic) & (POSITION.c.partition == self.partition.number)
        moved = await connection.execute(update(POSITION).where(here, POSITION.c.next == start).values(next=next))
        if not moved.rowcount:
            raise Overtaken(f"{self._database.schema} is not at {self.partition} offset {start}")

    async def _learn(self, connection: AsyncConnection, keys: set[str]) -> None:
        mine = select(FOLDED.c.key, FOLDED.c.state).where(FOLDED.c.topic == self.partition.topic)
        found = (await connection.execute(mine.where(FOLDED.c.key.in_(keys)))).all() if keys else []
        self._replay.learn({key: state for key, state in found})

    async def _write(
        self, connection: AsyncConnection, changes: Sequence[Change], after: Mapping[str, Any], new: Collection[str]
    ) -> None:
        """Of those that are `new` no state is stored yet, and no row but those of events."""
        topic = self.partition.topic
        rows = [{"topic": topic, "key": k, "state": s.model_dump(mode="json")} for k, s in after.items()]
        for is_new in (True, False):
            states = [row for row in rows if (row["key"] in new) is is_new]
            await copy_over(connection, FOLDED, states, new=is_new)
            some = [change for change in changes if (change.after.id in new) is is_new]
            for table, values in by_table(changed_rows(some, self._models)).items():
                await copy_over(connection, table, values, new=is_new)
        for table, values in by_table(event_rows(changes, self._models)).items():
            await copy_beside(connection, table, values)
