"""A queue in memory, and secrets to go with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from aik_notifier.queue import DeliveryLease
from aik_notifier.room import Room, Standing


@dataclass
class MemoryQueue:
    """Leases what waits, in order; `lost` makes it forget its leases, as when another sender takes over."""

    waiting: list[DeliveryLease] = field(default_factory=list)
    parked: list[str] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    untried: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    lost: bool = False
    takes: int = 0

    async def take(self, room: Room) -> Sequence[DeliveryLease]:
        self.takes += 1
        taken: list[DeliveryLease] = []
        while not room.is_full():
            found = [lease for standing in Standing for lease in self._due(standing, room)]
            admitted = [lease for lease in found if room.admit(lease.host, lease.standing)]
            self.waiting = [lease for lease in self.waiting if lease not in admitted]
            taken += admitted
            if len(admitted) == len(found):
                break
        return [replace(lease, id=uuid4(), attempt=lease.attempt + 1) for lease in taken]

    def _due(self, standing: Standing, room: Room) -> Sequence[DeliveryLease]:
        full = room.full_hosts()
        due = [lease for lease in self.waiting if lease.standing is standing and lease.host not in full]
        return due[: room.free(standing)]

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

    async def give_back_untried(self, lease: DeliveryLease, *, after_s: float) -> bool:
        self.untried.append(lease.delivery_id)
        return await self.give_back(lease, after_s=after_s)


@dataclass(frozen=True)
class MemorySecrets:
    secrets: Sequence[str]

    async def valid(self, client_id: str) -> list[str]:
        return list(self.secrets)
