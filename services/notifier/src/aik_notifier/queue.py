"""The queue of open deliveries: what a sender sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aik_service.leases import Lease

from aik_notifier.room import Room, Standing


@dataclass(frozen=True)
class DeliveryLease(Lease):
    """A delivery that this sender alone may try, as long as it renews; `attempt` is the number of the try."""

    delivery_id: str
    endpoint_id: str
    client_id: str
    url: str
    host: str
    kind: str
    track_id: str | None
    opened_by: str | None
    traceparent: str | None
    body: str
    standing: Standing = Standing.NEW
    failing_since: datetime | None = None
    """Of its endpoint."""
    earlier_attempts: int = 0
    """Those before it was opened again, and those that posted nothing: the schedule counts without them."""


class Queue(Protocol):
    """Each due delivery is leased to one sender at a time; a lease that was lost changes nothing and says False."""

    async def take(self, room: Room) -> Sequence[DeliveryLease]:
        """What is due and has room, which it is given in `room`; the longest due of each standing first."""

    async def renew(self, lease: DeliveryLease) -> bool: ...
    async def park(self, lease: DeliveryLease) -> bool: ...
    async def give_back(self, lease: DeliveryLease, *, after_s: float) -> bool: ...
    async def give_back_untried(self, lease: DeliveryLease, *, after_s: float) -> bool:
        """Its number is used up, its place in the schedule is not."""
