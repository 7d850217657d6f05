"""The queue on Postgres: the delivery that has been due the longest goes first."""

from collections.abc import Mapping, Sequence
from typing import Any

from aik_service.database import Database
from aik_service.leases import Lease, Leases
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Row,
    Select,
    Text,
    Update,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_notifier.grouping import Grouped
from aik_notifier.queue import DeliveryLease
from aik_notifier.room import Room, Standing
from aik_notifier.tables import CHANNEL, DELIVERY, ENDPOINT, Delivery


def _standing() -> ColumnElement[str]:
    """How the endpoint has answered so far."""
    return case(
        (ENDPOINT.c.is_healthy, Standing.HEALTHY.value),
        (ENDPOINT.c.failing_since.is_not(None), Standing.FAILING.value),
        else_=Standing.NEW.value,
    )


def _parking() -> Update:
    held = (
        func.unnest(
            bindparam("ids", type_=ARRAY(Text)),
            bindparam("lease_ids", type_=ARRAY(Uuid)),
            bindparam("attempts", type_=ARRAY(Integer)),
        )
        .table_valued("id", "lease_id", "attempt")
        .render_derived("held")
    )
    fence = and_(
        DELIVERY.c.id == held.c.id, DELIVERY.c.lease_id == held.c.lease_id, DELIVERY.c.attempt == held.c.attempt
    )
    return update(DELIVERY).where(fence).values(parked=True).returning(DELIVERY.c.lease_id)


def _leasing(worker: str) -> Update:
    leased = {"worker": worker, "heartbeat_at": func.now(), "parked": False}
    return (
        update(DELIVERY)
        .where(DELIVERY.c.id == func.any(bindparam("ids", type_=ARRAY(Text))))
        .values(lease_id=func.gen_random_uuid(), attempt=DELIVERY.c.attempt + 1, **leased)
        .returning(DELIVERY)
    )


PARKING = _parking()
"""Statements are built once: that takes longer than Postgres needs for them."""


class DeliveryQueue(Leases):
    """A row that is parked stays so until its fact is folded, however long that takes: it would be posted again.

    The fold is a sure way back, since a fact is never rejected, and one that is folded before the row is parked has
    released the lease, so that nothing is parked any more.
    """

    def __init__(self, database: Database, *, worker: str, ttl_s: float) -> None:
        super().__init__(database, Delivery, CHANNEL, worker=worker, ttl_s=ttl_s)
        self._due = union_all(*(self._due_of(standing) for standing in Standing))
        self._leasing = _leasing(worker)
        self._parking = Grouped(self._park_all)

    async def take(self, room: Room) -> Sequence[DeliveryLease]:
        """In one transaction. What is open of a disabled endpoint is passed over until it is enabled."""
        leases: list[DeliveryLease] = []
        async with self._database.begin() as connection:
            while not room.is_full():
                limits = {standing.value: room.free(standing) for standing in Standing}
                found = (await connection.execute(self._due, {"full_hosts": room.full_hosts(), **limits})).all()
                admitted = {row.id: row for row in found if room.admit(row.host, Standing(row.standing))}
                leases += await self._lease_all(connection, admitted)
                if len(admitted) == len(found):
                    break
        return leases

    async def park(self, lease: Lease) -> bool:
        """Together with others that are parked meanwhile."""
        return await self._parking.do(lease)

    async def give_back_untried(self, lease: DeliveryLease, *, after_s: float) -> bool:
        return await self.give_back(lease, after_s=after_s, earlier_attempts=DELIVERY.c.earlier_attempts + 1)

    def _due_of(self, standing: Standing) -> Select[Any]:
        """What has been due the longest, one statement for each standing, as each has a share of the senders."""
        answered = _standing()
        is_open = and_(DELIVERY.c.outcome.is_(None), DELIVERY.c.body.is_not(None))
        is_wanted = and_(answered == standing.value, ENDPOINT.c.is_disabled.is_not(True))
        has_room = DELIVERY.c.host != func.all(bindparam("full_hosts", type_=ARRAY(Text)))
        first = (
            select(
                DELIVERY.c.id,
                DELIVERY.c.host,
                DELIVERY.c.heartbeat_at,
                answered.label("standing"),
                ENDPOINT.c.failing_since,
            )
            .outerjoin(ENDPOINT, ENDPOINT.c.id == DELIVERY.c.endpoint_id)
            .where(is_open, self._free(), is_wanted, has_room)
            .order_by(DELIVERY.c.run_after, DELIVERY.c.id)
            .limit(bindparam(standing.value, type_=Integer))
            .with_for_update(of=DELIVERY, skip_locked=True)
        )
        return select(first.subquery())

    async def _lease_all(self, connection: AsyncConnection, found: Mapping[str, Row[Any]]) -> Sequence[DeliveryLease]:
        if not found:
            return []
        rows = (await connection.execute(self._leasing, {"ids": list(found)})).all()
        return [_lease_of(row, found[row.id], self._waited_s(row, found[row.id].heartbeat_at)) for row in rows]

    async def _park_all(self, leases: Sequence[Lease]) -> Sequence[bool]:
        held = {
            "ids": [lease.key[0] for lease in leases],
            "lease_ids": [lease.id for lease in leases],
            "attempts": [lease.attempt for lease in leases],
        }
        async with self._database.begin() as connection:
            parked = set((await connection.execute(PARKING, held)).scalars())
        return [lease.id in parked for lease in leases]


def _lease_of(row: Row[Any], found: Row[Any], waited_s: float) -> DeliveryLease:
    return DeliveryLease(
        key=(row.id,),
        id=row.lease_id,
        attempt=row.attempt,
        waited_s=waited_s,
        delivery_id=row.id,
        endpoint_id=row.endpoint_id,
        client_id=row.client_id,
        url=row.url,
        host=row.host,
        kind=row.kind,
        track_id=row.track_id,
        opened_by=row.opened_by,
        traceparent=row.traceparent,
        body=row.body,
        standing=Standing(found.standing),
        failing_since=found.failing_since,
        earlier_attempts=row.earlier_attempts,
    )
