"""The queue of a step service: the next task is of the client that was served least recently."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from aik_events.topics import TRACKS
from aik_events.track import Track
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from aik_service.database import Database, table_of
from aik_service.holds import HELD
from aik_service.inbox_tables import Folded
from aik_service.leases import Lease, Leases
from aik_service.tasks import CHANNEL, SERVED, TASK, Task

FOLDED = table_of(Folded)
PARKED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class TaskLease(Lease):
    """A leased task, with the state that asked for it.

    `failures` and `losses` are the attempts of this run that failed, and those whose worker fell silent;
    `is_taken_over` when the attempt before this one was such.
    """

    job_id: str
    run: int
    step: str
    failures: int
    losses: int
    is_taken_over: bool
    track: Track


class TaskQueue(Leases):
    """Fair between clients, then by priority within one client, then in the order of the log's arrival."""

    def __init__(self, database: Database, *, worker: str, ttl_s: float) -> None:
        super().__init__(database, Task, CHANNEL, worker=worker, ttl_s=ttl_s)
        self._taking = asyncio.Lock()

    def _unparked(self) -> ColumnElement[bool]:
        """An event that changed nothing when it was folded leaves its task wanted: telling it again is harmless.

        One that is not folded yet since its track is held would only wait there a second time.
        """
        track = func.convert_to(TASK.c.track_id, "UTF8")
        held = select(HELD.c.key).where(HELD.c.topic == TRACKS, HELD.c.key == track).exists()
        return or_(super()._unparked(), and_(TASK.c.heartbeat_at < func.now() - PARKED_FOR, ~held))

    async def take(self) -> TaskLease | None:
        """The next task that is free; None when there is none.

        One after the other: several that wait for work wake at once, and connections are few.
        """
        async with self._taking:
            return await self._take()

    async def _take(self) -> TaskLease | None:
        served = SERVED.c.at.asc().nulls_first()
        first = (
            select(TASK)
            .outerjoin(SERVED, SERVED.c.client_id == TASK.c.client_id)
            .where(self._free())
            .order_by(served, TASK.c.priority.desc(), TASK.c.number)
            .limit(1)
            .with_for_update(of=TASK, skip_locked=True)
        )
        async with self._database.begin() as connection:
            found = (await connection.execute(first)).first()
            if found is None:
                return None
            is_lost = found.lease_id is not None and not found.parked
            row = await self._lease(connection, found, losses=found.losses + int(is_lost))
            serving = insert(SERVED).values(client_id=row.client_id, at=func.clock_timestamp())
            await connection.execute(
                serving.on_conflict_do_update(index_elements=["client_id"], set_={"at": serving.excluded.at})
            )
            state = select(FOLDED.c.state).where(FOLDED.c.topic == TRACKS, FOLDED.c.key == row.track_id)
            track = Track.model_validate((await connection.execute(state)).scalar_one())
        return TaskLease(
            key=(row.job_id, row.run, row.step),
            id=row.lease_id,
            attempt=row.attempt,
            waited_s=0.0 if found.parked else self._waited_s(row, found.heartbeat_at),
            job_id=row.job_id,
            run=row.run,
            step=row.step,
            failures=row.failures,
            losses=row.losses,
            is_taken_over=is_lost,
            track=track,
        )
