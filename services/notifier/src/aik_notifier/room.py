"""Who may be called now: pure rules by which no endpoint, and no number of them, takes the senders from the others."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Standing(StrEnum):
    """How an endpoint has answered so far."""

    HEALTHY = "healthy"
    NEW = "new"
    """It has neither answered well nor failed yet, or not since it was enabled."""
    FAILING = "failing"


SHARES = {Standing.HEALTHY: 1.0, Standing.NEW: 0.5, Standing.FAILING: 0.25}
"""Of the senders: what endpoints of a standing may take at most, so that a quarter is always left to the healthy."""


@dataclass
class Room:
    """The senders of this process, and who has them; `is_short` when a delivery was passed over for want of room."""

    senders: int
    per_host: int
    hosts: Counter[str] = field(default_factory=Counter)
    standings: Counter[Standing] = field(default_factory=Counter)
    is_short: bool = False

    def copy(self) -> "Room":
        return Room(self.senders, self.per_host, self.hosts.copy(), self.standings.copy())

    def free(self, standing: Standing) -> int:
        """Senders that deliveries to endpoints of this standing may have now."""
        share = max(1, int(self.senders * SHARES[standing])) - self.standings[standing]
        return max(0, min(share, self.senders - self.standings.total()))

    def full_hosts(self) -> list[str]:
        return [host for host, busy in self.hosts.items() if busy >= self.per_host]

    def admit(self, host: str, standing: Standing) -> bool:
        """Takes a sender when there is one for this host; else False."""
        if self.free(standing) == 0 or self.hosts[host] >= self.per_host:
            self.is_short = True
            return False
        self.hosts[host] += 1
        self.standings[standing] += 1
        return True

    def leave(self, host: str, standing: Standing) -> None:
        self.standings[standing] -= 1
        self.hosts[host] -= 1
        if self.hosts[host] <= 0:
            del self.hosts[host]

    def is_used_up(self) -> bool:
        """There may be more to do for some standing than it has senders."""
        return not all(self.free(standing) for standing in Standing)

    def is_full(self) -> bool:
        return not any(self.free(standing) for standing in Standing)
