"""The queue of open deliveries: what a sender sees of it."""

from dataclasses import dataclass
from typing import Protocol

from aik_service.leases import Lease


@dataclass(frozen=True)
class DeliveryLease(Lease):
    """A delivery that this sender alone may try, as long as it renews; `attempt` is the number of the try."""

    delivery_id: str
    endpoint_id: str
    client_id: str
    url: str
    kind: str
    track_id: str | None
    event_id: str | None
    traceparent: str | None
    body: str


class Queue(Protocol):
    """Each due delivery is leased to one sender at a time; a lease that was lost changes nothing and says False."""

    async def take(self) -> DeliveryLease | None: ...
    async def renew(self, lease: DeliveryLease) -> bool: ...
    async def park(self, lease: DeliveryLease) -> bool: ...
    async def give_back(self, lease: DeliveryLease, *, after_s: float) -> bool: ...
