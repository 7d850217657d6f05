"""The tasks of a step service: what is wanted of it, brought up to date with the folded tracks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aik_events.catalogue import Event, JobCanceled
from aik_events.pipeline import Step
from aik_events.track import Track
from sqlalchemy import BigInteger, Column, ColumnElement, DateTime, Identity, case, delete, func, or_, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from aik_service.database import Database, table_of
from aik_service.folding import Change
from aik_service.leases import LeasedRow

CHANNEL = "tasks"
WITHDRAWN = "withdrawn"
"""The channel on which it is said that somebody works on what is not wanted any more."""


class Task(LeasedRow, table=True):
    """One step of one run of a job; `failures` and `losses` are counted as in the folded state."""

    __tablename__ = "task"

    job_id: str = Field(primary_key=True)
    run: int = Field(primary_key=True)
    step: str = Field(primary_key=True)
    track_id: str = Field(index=True)
    client_id: str
    priority: int
    failures: int = 0
    losses: int = 0
    number: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), nullable=False))


class Served(SQLModel, table=True):
    """When a task of this client was last taken."""

    __tablename__ = "served"

    client_id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=DateTime(timezone=True))


TASK = table_of(Task)
SERVED = table_of(Served)
TASK_TABLES: tuple[type[SQLModel], ...] = (Task, Served)
COUNTED = ("attempt", "failures", "losses")


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
        **({name: getattr(progress, name) for name in COUNTED} if progress else {}),
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
        tasks = [task for track in tracks.values() if (task := wanted(track, self._step)) is not None]
        await self._withdraw(connection, list(tracks), tasks)
        if tasks:
            await self._upsert(connection, tasks)
            await self._database.notify(connection, CHANNEL)

    async def halt(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        for event in events:
            stopped = TASK.c.track_id == event.meta.subject
            if isinstance(event, JobCanceled):
                stopped &= TASK.c.job_id == event.job_id
            await self._delete(connection, stopped)

    async def _withdraw(self, connection: AsyncConnection, track_ids: Sequence[str], wanted: Sequence[Task]) -> None:
        keys = [(task.job_id, task.run, task.step) for task in wanted]
        unwanted = TASK.c.track_id.in_(track_ids) & tuple_(TASK.c.job_id, TASK.c.run, TASK.c.step).not_in(keys)
        await self._delete(connection, unwanted)

    async def _delete(self, connection: AsyncConnection, unwanted: ColumnElement[bool]) -> None:
        gone = await connection.execute(delete(TASK).where(unwanted).returning(TASK.c.lease_id, TASK.c.parked))
        if any(lease_id is not None and not parked for lease_id, parked in gone):
            await self._database.notify(connection, WITHDRAWN)

    async def _upsert(self, connection: AsyncConnection, tasks: Sequence[Task]) -> None:
        unset = {"number", "run_after", "worker", "lease_id", "heartbeat_at"}
        wish = insert(TASK).values([{**task.model_dump(exclude=unset), "run_after": func.now()} for task in tasks])
        ahead = TASK.c.attempt < wish.excluded.attempt
        news: dict[str, ColumnElement[Any]] = {
            name: func.greatest(TASK.c[name], wish.excluded[name]) for name in COUNTED
        }
        news["lease_id"] = case((ahead, None), else_=TASK.c.lease_id)
        news["parked"] = case((ahead, False), else_=TASK.c.parked)
        more = or_(*(TASK.c[name] < wish.excluded[name] for name in COUNTED))
        await connection.execute(
            wish.on_conflict_do_update(index_elements=["job_id", "run", "step"], set_=news, where=more)
        )
