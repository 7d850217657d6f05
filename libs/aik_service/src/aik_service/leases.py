"""Leases on rows: held by one worker, renewed by heartbeats, taken over when the heart stops."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, DateTime, Row, Table, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field, SQLModel

from aik_service.database import Database, table_of
from aik_service.inbox_tables import LogPosition

POSITION = table_of(LogPosition)
RELEASED = {"worker": None, "lease_id": None, "heartbeat_at": None, "parked": False}
"""A row that nobody holds."""


class LeasedRow(SQLModel):
    """The columns of a row that can be leased. `attempt` only grows; with `lease_id` it is the fence."""

    attempt: int = 0
    run_after: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    worker: str | None = None
    lease_id: UUID | None = None
    heartbeat_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    parked: bool = False
    """What was done is in the log, and waits to be folded."""


@dataclass(frozen=True)
class Lease:
    """A row that this worker alone may work on, as long as it renews. `key` is the row's primary key."""

    key: tuple[Any, ...]
    id: UUID
    attempt: int
    waited_s: float = field(default=0.0, kw_only=True, compare=False)
    """How long the row was free, by the database's clock."""


class Leases:
    """Every write demands the fence, lease id and attempt: whoever lost the lease changes nothing.

    Times are the database's, so that workers' clocks don't matter.
    """

    def __init__(self, database: Database, row: type[LeasedRow], channel: str, *, worker: str, ttl_s: float) -> None:
        self._database = database
        self._table: Table = table_of(row)
        self._channel = channel
        self._worker = worker
        self._ttl = timedelta(seconds=ttl_s)

    async def renew(self, lease: Lease) -> bool:
        """False when the lease is lost: the row was taken over, or is not wanted any more."""
        return await self._write(lease, heartbeat_at=func.now())

    async def park(self, lease: Lease) -> bool:
        """What was done is in the log: nobody needs to do it again until it is folded."""
        return await self._write(lease, parked=True)

    async def give_back(self, lease: Lease, *, after_s: float = 0, **values: object) -> bool:
        """Free again after this time; at once, another worker is woken."""
        run_after = func.now() + timedelta(seconds=after_s)
        return await self._write(lease, wake=after_s == 0, run_after=run_after, **RELEASED, **values)

    def _free(self) -> ColumnElement[bool]:
        """Due, and nobody's, or of a worker that has been silent too long.

        Nothing is free until the inbox has passed what was in the log when this schema was made.
        """
        row = self._table.c
        behind = select(POSITION.c.topic).where(POSITION.c.next < POSITION.c.barrier).exists()
        unheld = or_(row.lease_id.is_(None), row.heartbeat_at < func.now() - self._ttl)
        due = or_(row.run_after.is_(None), row.run_after <= func.now())
        return and_(self._unparked(), unheld, due, ~behind)

    def _unparked(self) -> ColumnElement[bool]:
        return self._table.c.parked.is_(False)

    async def _lease(self, connection: AsyncConnection, found: Row[Any], **values: object) -> Row[Any]:
        """The row, which the caller has locked, leased to this worker for its next attempt."""
        row = self._table.c
        key = and_(*(column == found._mapping[column.name] for column in self._table.primary_key))
        leased = {"lease_id": uuid4(), "worker": self._worker, "heartbeat_at": func.now(), "parked": False}
        statement = update(self._table).where(key).values(attempt=row.attempt + 1, **leased, **values)
        leased_row: Row[Any] = (await connection.execute(statement.returning(self._table))).one()
        return leased_row

    def _waited_s(self, leased: Row[Any], heartbeat_before: datetime | None) -> float:
        """Since it was due, or since the worker before had been silent too long."""
        now: datetime = leased.heartbeat_at
        given_up = heartbeat_before + self._ttl if heartbeat_before else None
        since = max((at for at in (leased.run_after, given_up) if at is not None), default=now)
        return max(0.0, (now - since).total_seconds())  # Deliveries are due by the clocks of those who told so.

    async def _write(self, lease: Lease, *, wake: bool = False, **values: object) -> bool:
        async with self._database.begin() as connection:
            written = await connection.execute(update(self._table).where(self._fence(lease)).values(**values))
            if wake:
                await self._database.notify(connection, self._channel)
            return bool(written.rowcount)

    def _fence(self, lease: Lease) -> ColumnElement[bool]:
        row = self._table.c
        key = (column == value for column, value in zip(self._table.primary_key, lease.key, strict=True))
        return and_(*key, row.lease_id == lease.id, row.attempt == lease.attempt)
