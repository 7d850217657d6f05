"""The projector: keeps the rows of every touched aggregate true, and says which events were judged."""

import asyncio
from collections.abc import Callable, Sequence

import structlog
from aik_events.event import Event
from aik_events.log import Log
from aik_service.database import Database, NewerServes
from aik_service.folding import ASSET_FOLD, ENDPOINT_FOLD, TRACK_FOLD, Change
from aik_service.inbox import Inbox, nothing
from aik_service.projection_lag import ProjectionLag
from aik_service.rows import insert_missing, upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_gateway.readmodel.models.timeline import TimelineRow
from aik_gateway.readmodel.rows import by_table, changed_rows, event_rows

log = structlog.get_logger()

VERDICTS = "verdicts"
"""The channel on which the ids of judged events are said, those of accepted ones with a mark before them."""
ACCEPTED_MARK = "+"
JOBS = "jobs"
"""The channel on which the ids of jobs are said that listeners have to be told of."""

GROUP = "aik-gateway"
FOLDS = (TRACK_FOLD, ASSET_FOLD, ENDPOINT_FOLD)
PAUSE_S = 5.0
"""So long until a projector of older code asks again whether it may write."""


def inbox_of(log: Log, database: Database, told: Callable[[Sequence[Change]], None] = nothing) -> Inbox:
    """Folds tracks, assets and endpoints into the rows of this schema."""
    return Inbox(log, database, group=GROUP, folds=FOLDS, projection=RowsProjection(database), told=told)


def lag_of(log: Log, database: Database) -> ProjectionLag:
    return ProjectionLag(log, database, [fold.topic for fold in FOLDS], consumer=GROUP)


async def project(inbox: Inbox, pause_s: float = PAUSE_S) -> None:
    """Folds for ever, but waits while what serves was begun by newer code than this: somebody else folds then."""
    while True:
        try:
            await inbox.run()
        except NewerServes as error:
            log.warning("this projector waits", reason=error.__doc__)
            await asyncio.sleep(pause_s)


class RowsProjection:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def apply(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        """Writes the rows that are others than before, and adds those of each event; one that comes again has them."""
        of_events = list(event_rows(changes))
        for table, rows in by_table(changed_rows(changes)).items():
            await upsert(connection, table, rows)
        for table, rows in by_table(of_events).items():
            await insert_missing(connection, table, rows)
        await self._database.notify(connection, VERDICTS, [_said(change) for change in changes])
        told = {row.job_id: None for row in of_events if isinstance(row, TimelineRow) and row.job_id and row.told}
        await self._database.notify(connection, JOBS, list(told))

    async def halt(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """Nothing runs here: rows say what is folded."""


def _said(change: Change) -> str:
    event_id = change.event.meta.id
    return ACCEPTED_MARK + event_id if change.verdict.accepted else event_id
