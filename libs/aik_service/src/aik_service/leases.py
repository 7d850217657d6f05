"""Leases on tasks: taken one at a time, renewed by heartbeats, taken over when the heart stops."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from aik_events.topics import TRACKS
from aik_events.track import Track
from sqlalchemy import ColumnElement, and_, func, or_, select, update

from aik_service.database import Database, table_of
from aik_service.inbox_tables import Folded, LogPosition
from aik_service.tasks import TASK

FOLDED = table_of(Folded)
POSITION = table_of(LogPosition)
PARKED_FOR = timedelta(minutes=5)


@dataclass(frozen=True)
class Lease:
    """A task that this worker alone may work on, as long as it renews; with the state that asked for it."""

    id: UUID
    job_id: str
    run: int
    step: str
    attempt: int
    track: Track


class Leases:
    """Every write demands the fence, lease id and attempt: whoever lost the lease changes nothing."""

    def __init__(self, database: Database, *, worker: str, ttl_s: float) -> None:
        self._database = database
        self._worker = worker
        self._ttl = timedelta(seconds=ttl_s)

    async def take(self) -> Lease | None:
        """The next task that is free or whose worker has been silent too long; None when there is none.

        Nothing is taken until the inbox has passed what was in the log when this schema was made.
        """
        behind = select(POSITION.c.topic).where(POSITION.c.next < POSITION.c.barrier).exists()
        free = or_(TASK.c.lease_id.is_(None), TASK.c.heartbeat_at < func.now() - self._ttl)
        # An event that changed nothing when it was folded leaves its task wanted: telling it again is harmless.
        unparked = or_(TASK.c.parked.is_(False), TASK.c.heartbeat_at < func.now() - PARKED_FOR)
        due = or_(TASK.c.run_after.is_(None), TASK.c.run_after <= func.now())
        first = (
            select(TASK.c.job_id, TASK.c.run, TASK.c.step, TASK.c.track_id)
            .where(unparked, free, due, ~behind)
            .order_by(TASK.c.priority.desc(), TASK.c.number)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        async with self._database.begin() as connection:
            found = (await connection.execute(first)).first()
            if found is None:
                return None
            lease_id = uuid4()
            key = and_(TASK.c.job_id == found.job_id, TASK.c.run == found.run, TASK.c.step == found.step)
            taken = await connection.execute(
                update(TASK)
                .where(key)
                .values(
                    lease_id=lease_id,
                    attempt=TASK.c.attempt + 1,
                    worker=self._worker,
                    heartbeat_at=func.now(),
                    run_after=None,
                    parked=False,
                )
                .returning(TASK.c.attempt)
            )
            state = await connection.execute(
                select(FOLDED.c.state).where(FOLDED.c.topic == TRACKS, FOLDED.c.key == found.track_id)
            )
            track = Track.model_validate(state.scalar_one())
            return Lease(lease_id, found.job_id, found.run, found.step, taken.scalar_one(), track)

    async def renew(self, lease: Lease) -> bool:
        """False when the lease is lost: the task was taken over, or is not wanted any more."""
        return await self._write(lease, heartbeat_at=func.now())

    async def park(self, lease: Lease) -> bool:
        """The task's event is in the log: nobody needs to do it again until the event is folded."""
        return await self._write(lease, parked=True)

    async def give_back(self, lease: Lease, *, after_s: float = 0) -> bool:
        return await self._write(lease, lease_id=None, worker=None, run_after=func.now() + timedelta(seconds=after_s))

    async def _write(self, lease: Lease, **values: object) -> bool:
        async with self._database.begin() as connection:
            written = await connection.execute(update(TASK).where(_fence(lease)).values(**values))
            return bool(written.rowcount)


def _fence(lease: Lease) -> ColumnElement[bool]:
    return and_(
        TASK.c.job_id == lease.job_id,
        TASK.c.run == lease.run,
        TASK.c.step == lease.step,
        TASK.c.lease_id == lease.id,
        TASK.c.attempt == lease.attempt,
    )
