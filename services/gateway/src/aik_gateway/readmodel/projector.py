"""The projector: keeps the rows of every touched aggregate true, and says which events were judged."""

from collections import defaultdict
from collections.abc import Sequence

from aik_events.event import Event
from aik_events.log import Log
from aik_service.database import Database, table_of
from aik_service.folding import ASSET_FOLD, TRACK_FOLD, Change
from aik_service.inbox import Inbox
from aik_service.rows import insert_missing, upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from aik_gateway.readmodel.rows import rows_of, timeline_of
from aik_gateway.readmodel.tables import TimelineRow

VERDICTS = "verdicts"
"""The channel on which the ids of judged events are said."""

GROUP = "aik-gateway"
FOLDS = (TRACK_FOLD, ASSET_FOLD)


def inbox_of(log: Log, database: Database) -> Inbox:
    """Folds tracks and assets into the rows of this schema."""
    return Inbox(log, database, group=GROUP, folds=FOLDS, projection=RowsProjection(database))


class RowsProjection:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        """Upserts the rows of the last states; a repeated event keeps the place in the timeline that it got first."""
        last = {change.after.id: change.after for change in changes}
        tables: dict[type[SQLModel], list[SQLModel]] = defaultdict(list)
        for row in (row for state in last.values() for row in rows_of(state)):
            tables[type(row)].append(row)
        for table, rows in tables.items():
            await upsert(connection, table_of(table), [row.model_dump() for row in rows])
        judged = {(row.aggregate_id, row.event_id): row for row in map(timeline_of, reversed(changes))}
        await insert_missing(connection, table_of(TimelineRow), [row.model_dump() for row in judged.values()])
        await self._database.notify(connection, VERDICTS, [change.event.meta.id for change in changes])

    async def halt(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Nothing runs here: rows say what is folded."""
