"""A queue in memory, and secrets to go with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from aik_notifier.queue import DeliveryLease
from aik_notifier.room import Room


@dataclass
class MemoryQueue:
    """Leases what waits, in order; `lost` makes it forget its leases, as when another sender takes over."""

    waiting: list[DeliveryLease] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    lost: bool = False
    takes: int = 0

    async def take(self, room: Room) -> Sequence[DeliveryLease]:
        self.takes += 1
        found = [lease for lease in self.waiting if room.admit(lease.host, lease.standing)]
        self.waiting = [lease for lease in self.waiting if lease not in found]
        return [replace(lease, id=uuid4(), attempt=lease.attempt + 1) for lease in found]

    async def renew(self, lease: DeliveryLease) -> bool:
        return not self.lost

    async def park(self, lease: DeliveryLease) -> bool:
        if not self.lost:
            self.parked.append(lease.delivery_id)
        return not self.lost

    async def give_back(self, lease: DeliveryLease, *, after_s: float) -> bool:
        self.given_back.append(lease.delivery_id)
        self.waits.append(after_s)
        return not self.lost


@dataclass(frozen=True)
class MemorySecrets:
    secrets: Sequence[str]

    async def valid(self, client_id: str) -> list[str]:
        return list(self.secrets)
