"""The tables of every consumer, as the run left them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aik_events.log import Log
from aik_events.log.spans import kafka_spans
from aik_events.topics import TRACKS
from aik_events.track import STATE_VERSION, Track
from aik_gateway.readmodel.models import ROWS, TABLES
from aik_gateway.readmodel.models.tracks import JobRow
from aik_gateway.readmodel.projector import FOLDS, inbox_of
from aik_gateway.readmodel.version import SCHEMA as GATEWAY
from aik_gateway.rebuild.workers import OneProcess
from aik_notifier.tables import DELIVERY
from aik_service.database import Database, table_of
from aik_service.inbox_tables import Folded, LogPosition
from aik_service.tasks import TASK
from sqlalchemy import Select, func, select

from tests.faults.supervise import STEP_SERVICES

STEPS = tuple(f"{name}_v{STATE_VERSION}" for name in STEP_SERVICES)
NOTIFIER = f"notifier_v{STATE_VERSION}"
SCHEMAS = (GATEWAY, *STEPS, NOTIFIER)
REPLAY = "faults_replay"
JOB = table_of(JobRow)
POSITION = table_of(LogPosition)
FOLDED = table_of(Folded)


@dataclass(frozen=True)
class Tables:
    databases: Mapping[str, Database]
    """By schema."""
    postgres: str

    async def left(self, log: Log) -> Sequence[str]:
        """What is still to be read, done or sent, in words."""
        said = []
        for schema in SCHEMAS:
            said += [f"{schema}: {unread} records unread" for unread in await self._unread(log, schema) if unread]
        for schema in STEPS:
            said += [f"{schema}: task {row}" for row in await self._rows(schema, select(TASK))]
        waiting = select(DELIVERY.c.id, DELIVERY.c.attempt, DELIVERY.c.run_after).where(
            DELIVERY.c.outcome.is_(None), DELIVERY.c.body.is_not(None)
        )
        said += [f"{NOTIFIER}: delivery {row}" for row in await self._rows(NOTIFIER, waiting)]
        running = select(JOB.c.id, JOB.c.state).where(JOB.c.state.in_(["queued", "running"]))
        return said + [f"{GATEWAY}: job {row}" for row in await self._rows(GATEWAY, running)]

    async def folded(self) -> Mapping[str, Mapping[str, Track]]:
        tracks = select(FOLDED.c.key, FOLDED.c.state).where(FOLDED.c.topic == TRACKS)
        return {
            schema: {key: Track.model_validate(state) for key, state in await self._rows(schema, tracks)}
            for schema in SCHEMAS
        }

    async def read_model(self, schema: str = GATEWAY) -> Sequence[str]:
        """Every row as text."""
        return [
            f"{table.name} {row}" for table in map(table_of, ROWS) for row in await self._rows(schema, select(table))
        ]

    async def replayed(self, log: Log, kafka: str) -> Sequence[str]:
        """The rows that a rebuild makes of the whole log in an empty schema."""
        replay = self.databases[REPLAY]
        await replay.create(TABLES)
        await inbox_of(log, replay).prepare()
        ends = await log.ends([fold.topic for fold in FOLDS])
        async with kafka_spans(kafka, client_id="faults") as spans:
            await OneProcess(spans, self.postgres).fill(REPLAY, {p: range(end) for p, end in ends.items()})
        return await self.read_model(REPLAY)

    async def _unread(self, log: Log, schema: str) -> Sequence[int]:
        """Of each topic of this consumer, the number of records that it has not folded."""
        rows = await self._rows(schema, select(POSITION.c.topic, func.sum(POSITION.c.next)).group_by(POSITION.c.topic))
        ends = await log.ends([topic for topic, _ in rows])
        return [sum(end for p, end in ends.items() if p.topic == topic) - int(read) for topic, read in rows]

    async def _rows(self, schema: str, query: Select[Any]) -> Sequence[Any]:
        async with self.databases[schema].begin() as connection:
            found: Sequence[Any] = (await connection.execute(query)).all()
            return found


@asynccontextmanager
async def opened(postgres: str) -> AsyncIterator[Tables]:
    databases = {schema: Database(postgres, schema) for schema in (*SCHEMAS, REPLAY)}
    try:
        yield Tables(databases, postgres)
    finally:
        for database in databases.values():
            await database.close()
