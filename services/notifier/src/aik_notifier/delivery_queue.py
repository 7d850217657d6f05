"""The queue on Postgres: the delivery that has been due the longest goes first."""

from collections.abc import Sequence
from typing import Any

from aik_service.database import Database
from aik_service.leases import Lease, Leases
from sqlalchemy import ARRAY, Integer, Row, Text, Uuid, and_, case, cast, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_notifier.grouping import Grouped
from aik_notifier.queue import DeliveryLease
from aik_notifier.room import Room, Standing
from aik_notifier.tables import CHANNEL, DELIVERY, ENDPOINT, Delivery

STANDING = case(
    (ENDPOINT.c.is_healthy, Standing.HEALTHY.value),
    (ENDPOINT.c.failing_since.is_not(None), Standing.FAILING.value),
    else_=Standing.NEW.value,
)


class DeliveryQueue(Leases):
    """A row that is parked stays so until its fact is folded, however long that takes: it would be posted again.

    The fold is a sure way back, since a fact is never rejected, and one that is folded before the row is parked has
    released the lease, so that nothing is parked any more.
    """

    def __init__(self, database: Database, *, worker: str, ttl_s: float) -> None:
        super().__init__(database, Delivery, CHANNEL, worker=worker, ttl_s=ttl_s)
        self._parking = Grouped(self._park_all)

    async def take(self, room: Room) -> Sequence[DeliveryLease]:
        """In one transaction. What is open of a disabled endpoint is passed over until it is enabled."""
        leases: list[DeliveryLease] = []
        async with self._database.begin() as connection:
            for standing in Standing:
                while limit := room.free(standing):
                    found = await self._due(connection, standing, room.full_hosts(), limit)
                    admitted = {row.id: row for row in found if room.admit(row.host, standing)}
                    leases += await self._lease_all(connection, admitted, standing)
                    if len(admitted) == len(found):
                        break
        return leases

    async def park(self, lease: Lease) -> bool:
        """Together with others that are parked meanwhile."""
        return await self._parking.do(lease)

    async def _due(
        self, connection: AsyncConnection, standing: Standing, full_hosts: Sequence[str], limit: int
    ) -> Sequence[Any]:
        is_open = and_(DELIVERY.c.outcome.is_(None), DELIVERY.c.body.is_not(None))
        is_wanted = and_(STANDING.in_([standing.value]), or_(ENDPOINT.c.is_disabled.is_(None), ~ENDPOINT.c.is_disabled))
        has_room = DELIVERY.c.host != func.all(cast(list(full_hosts), ARRAY(Text)))
        first = (
            select(DELIVERY.c.id, DELIVERY.c.host, ENDPOINT.c.failing_since)
            .outerjoin(ENDPOINT, ENDPOINT.c.id == DELIVERY.c.endpoint_id)
            .where(is_open, self._free(), is_wanted, has_room)
            .order_by(DELIVERY.c.run_after, DELIVERY.c.id)
            .limit(limit)
            .with_for_update(of=DELIVERY, skip_locked=True)
        )
        return (await connection.execute(first)).all()

    async def _lease_all(
        self, connection: AsyncConnection, found: dict[str, Row[Any]], standing: Standing
    ) -> Sequence[DeliveryLease]:
        if not found:
            return []
        leased = {"worker": self._worker, "heartbeat_at": func.now(), "parked": False}
        statement = (
            update(DELIVERY)
            .where(DELIVERY.c.id == func.any(cast(list(found), ARRAY(Text))))
            .values(lease_id=func.gen_random_uuid(), attempt=DELIVERY.c.attempt + 1, **leased)
            .returning(DELIVERY)
        )
        rows = (await connection.execute(statement)).all()
        return [_lease_of(row, standing, found[row.id]) for row in rows]

    async def _park_all(self, leases: Sequence[Lease]) -> Sequence[bool]:
        held = (
            func.unnest(
                cast([lease.key[0] for lease in leases], ARRAY(Text)),
                cast([lease.id for lease in leases], ARRAY(Uuid)),
                cast([lease.attempt for lease in leases], ARRAY(Integer)),
            )
            .table_valued("id", "lease_id", "attempt")
            .render_derived("held")
        )
        fence = and_(
            DELIVERY.c.id == held.c.id, DELIVERY.c.lease_id == held.c.lease_id, DELIVERY.c.attempt == held.c.attempt
        )
        async with self._database.begin() as connection:
            written = await connection.execute(
                update(DELIVERY).where(fence).values(parked=True).returning(DELIVERY.c.lease_id)
            )
            parked = set(written.scalars())
        return [lease.id in parked for lease in leases]


def _lease_of(row: Row[Any], standing: Standing, found: Row[Any]) -> DeliveryLease:
    return DeliveryLease(
        key=(row.id,),
        id=row.lease_id,
        attempt=row.attempt,
        delivery_id=row.id,
        endpoint_id=row.endpoint_id,
        client_id=row.client_id,
        url=row.url,
        host=row.host,
        kind=row.kind,
        track_id=row.track_id,
        event_id=row.event_id,
        traceparent=row.traceparent,
        body=row.body,
        standing=standing,
        failing_since=found.failing_since,
        earlier_attempts=row.earlier_attempts,
    )
