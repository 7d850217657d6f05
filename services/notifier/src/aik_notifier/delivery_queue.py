"""The queue on Postgres: leased one at a time, renewed by heartbeats, taken over when the heart stops."""

from datetime import timedelta
from uuid import uuid4

from aik_service.database import Database, table_of
from aik_service.inbox_tables import LogPosition
from sqlalchemy import ColumnElement, and_, func, or_, select, update

from aik_notifier.deliveries import DELIVERY
from aik_notifier.queue import Lease

POSITION = table_of(LogPosition)


class DeliveryQueue:
    """Every write demands the fence, lease id and attempt."""

    def __init__(self, database: Database, *, worker: str, ttl_s: float) -> None:
        self._database = database
        self._worker = worker
        self._ttl = timedelta(seconds=ttl_s)

    async def take(self) -> Lease | None:
        """The delivery that has been due the longest and is free; None when there is none.

        Nothing is taken until the inbox has passed what was in the log when this schema was made.
        """
        behind = select(POSITION.c.topic).where(POSITION.c.next < POSITION.c.barrier).exists()
        is_open = and_(DELIVERY.c.outcome.is_(None), DELIVERY.c.body.is_not(None), DELIVERY.c.parked.is_(False))
        free = or_(DELIVERY.c.lease_id.is_(None), DELIVERY.c.heartbeat_at < func.now() - self._ttl)
        first = (
            select(DELIVERY.c.id)
            .where(is_open, free, DELIVERY.c.run_after <= func.now(), ~behind)
            .order_by(DELIVERY.c.run_after, DELIVERY.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        taken = (
            update(DELIVERY)
            .where(DELIVERY.c.id == first.scalar_subquery())
            .values(lease_id=uuid4(), attempt=DELIVERY.c.attempt + 1, worker=self._worker, heartbeat_at=func.now())
            .returning(DELIVERY)
        )
        async with self._database.begin() as connection:
            row = (await connection.execute(taken)).first()
        if row is None:
            return None
        return Lease(
            id=row.lease_id,
            attempt=row.attempt,
            delivery_id=row.id,
            endpoint_id=row.endpoint_id,
            client_id=row.client_id,
            url=row.url,
            kind=row.kind,
            track_id=row.track_id,
            event_id=row.event_id,
            traceparent=row.traceparent,
            body=row.body,
        )

    async def renew(self, lease: Lease) -> bool:
        """False when the lease is lost: taken over, or the delivery is closed."""
        return await self._write(lease, heartbeat_at=func.now())

    async def park(self, lease: Lease) -> bool:
        """The try's fact is in the log: nobody needs to try again until it is folded."""
        # However long that takes: a parked row that became free by its age would be posted again. The fold is a sure
        # way back, since a fact is never rejected, and one that is folded before this write has released the lease,
        # so that nothing is parked here any more.
        return await self._write(lease, parked=True)

    async def give_back(self, lease: Lease, *, after_s: float) -> bool:
        run_after = func.now() + timedelta(seconds=after_s)
        return await self._write(lease, lease_id=None, worker=None, run_after=run_after)

    async def _write(self, lease: Lease, **values: object) -> bool:
        async with self._database.begin() as connection:
            written = await connection.execute(update(DELIVERY).where(_fence(lease)).values(**values))
            return bool(written.rowcount)


def _fence(lease: Lease) -> ColumnElement[bool]:
    return and_(
        DELIVERY.c.id == lease.delivery_id, DELIVERY.c.lease_id == lease.id, DELIVERY.c.attempt == lease.attempt
    )
