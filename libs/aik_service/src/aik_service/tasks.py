"""The queue of a step service: what is wanted of it, brought up to date with the folded tracks."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aik_events.pipeline import Step
from aik_events.track import Track
from sqlalchemy import BigInteger, Column, DateTime, Identity, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from aik_service.database import Database, table_of
from aik_service.folding import Change

CHANNEL = "tasks"


class Task(SQLModel, table=True):
    """One step of one run of a job. `attempt` only grows; `lease_id` and `attempt` together are the fence."""

    __tablename__ = "task"

    job_id: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    track_id: str = Field(index=True)
    client_id: str
    priority: int
    attempt: int
    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), nullable=False))
    run_after: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    worker: str | None = None
    lease_id: UUID | None = None
    heartbeat_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    parked: bool = False
    """Its event is in the log and waits to be folded."""


TASK = table_of(Task)


def wanted(track: Track, step: Step) -> Task | None:
    """The task that this state asks of the service of this step."""
    job = track.job
    if track.deleted or job is None or job.next_step != step:
        return None
    progress = job.progress_of(step)
    return Task(
        job_id=job.id,
        run=job.run,
        step=step,
        track_id=track.id,
        client_id=track.client_id,
        priority=track.priority,
        attempt=progress.attempt if progress else 0,
    )


class TaskProjection:
    """Level-triggered: every touched track gets the task that its state asks for, and loses every other one.

    Attempts count on from the highest folded: one that is higher than ours was somebody else's, who has the step now.
    """

    def __init__(self, database: Database, step: Step) -> None:
        self._database = database
        self._step = step

    async def apply(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        tracks = {change.after.id: change.after for change in changes}
        tasks = {id: task for id, track in tracks.items() if (task := wanted(track, self._step)) is not None}
        await connection.execute(delete(TASK).where(TASK.c.track_id.in_(tracks.keys() - tasks.keys())))
        for task in tasks.values():
            stale = (TASK.c.track_id == task.track_id) & ((TASK.c.job_id != task.job_id) | (TASK.c.run != task.run))
            await connection.execute(delete(TASK).where(stale))
        if tasks:
            rows = [
                task.model_dump(exclude={"number", "run_after", "worker", "lease_id", "heartbeat_at"})
                for task in tasks.values()
            ]
            wish = insert(TASK).values(rows)
            await connection.execute(
                wish.on_conflict_do_update(
                    index_elements=["job_id", "run", "step"],
                    set_={"attempt": wish.excluded.attempt, "lease_id": None, "parked": False},
                    where=TASK.c.attempt < wish.excluded.attempt,
                )
            )
            await self._database.notify(connection, CHANNEL)
