"""The queue on Postgres: the delivery that has been due the longest goes first."""

from aik_service.database import Database
from aik_service.leases import Leases
from sqlalchemy import and_, select

from aik_notifier.deliveries import CHANNEL, DELIVERY, Delivery
from aik_notifier.queue import DeliveryLease


class DeliveryQueue(Leases):
    """A row that is parked stays so until its fact is folded, however long that takes: it would be posted again.

    The fold is a sure way back, since a fact is never rejected, and one that is folded before the row is parked has
    released the lease, so that nothing is parked any more.
    """

    def __init__(self, database: Database, *, worker: str, ttl_s: float) -> None:
        super().__init__(database, Delivery, CHANNEL, worker=worker, ttl_s=ttl_s)

    async def take(self) -> DeliveryLease | None:
        """None when none is due."""
        is_open = and_(DELIVERY.c.outcome.is_(None), DELIVERY.c.body.is_not(None))
        first = (
            select(DELIVERY)
            .where(is_open, self._free())
            .order_by(DELIVERY.c.run_after, DELIVERY.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        async with self._database.begin() as connection:
            found = (await connection.execute(first)).first()
            if found is None:
                return None
            row = await self._lease(connection, found)
        return DeliveryLease(
            key=(row.id,),
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
