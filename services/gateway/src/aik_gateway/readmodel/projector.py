"""The projector: keeps the rows of every touched aggregate true, and says which events were judged."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aik_events.event import Event
from aik_events.log import Log
from aik_service.database import Database, table_of
from aik_service.folding import ASSET_FOLD, ENDPOINT_FOLD, TRACK_FOLD, Change
from aik_service.inbox import Inbox
from aik_service.rows import insert_missing, upsert
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from aik_gateway.readmodel.delivery_rows import deliveries_of
from aik_gateway.readmodel.rows import rows_of, timeline_of

VERDICTS = "verdicts"
"""The channel on which the ids of judged events are said, those of accepted ones with a mark before them."""
ACCEPTED_MARK = "+"
JOBS = "jobs"
"""The channel on which the ids of jobs are said that listeners have to be told of."""

GROUP = "aik-gateway"
FOLDS = (TRACK_FOLD, ASSET_FOLD, ENDPOINT_FOLD)


def inbox_of(log: Log, database: Database) -> Inbox:
    """Folds tracks, assets and endpoints into the rows of this schema."""
    return Inbox(log, database, group=GROUP, folds=FOLDS, projection=RowsProjection(database))


class RowsProjection:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        """Writes the rows that are others than before, and adds those of each event; one that comes again has them."""
        timeline = [timeline_of(change) for change in changes]
        for table, rows in _by_table(_changed(changes)).items():
            await upsert(connection, table, rows)
        for table, rows in _by_table((*timeline, *(row for c in changes for row in deliveries_of(c)))).items():
            await insert_missing(connection, table, rows)
        await self._database.notify(connection, VERDICTS, [_said(change) for change in changes])
        told = {row.job_id: None for row in timeline if row.job_id and row.told}
        await self._database.notify(connection, JOBS, list(told))

    async def halt(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Nothing runs here: rows say what is folded."""


def _changed(changes: Sequence[Change]) -> Iterator[SQLModel]:
    """Rows follow from the state alone, so those that the state before gave are in the tables."""
    first = {change.before.id: change.before for change in reversed(changes)}
    last = {change.after.id: change.after for change in changes}
    for id, state in last.items():
        known = list(rows_of(first[id]))
        yield from (row for row in rows_of(state) if row not in known)


def _said(change: Change) -> str:
    event_id = change.event.meta.id
    return ACCEPTED_MARK + event_id if change.verdict.accepted else event_id


def _by_table(rows: Iterable[SQLModel]) -> Mapping[Table, Sequence[Mapping[str, Any]]]:
    tables: dict[Table, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        tables[table_of(type(row))].append(row.model_dump())
    return tables
