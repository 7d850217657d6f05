"""How long to wait before a process that died is started again."""

from dataclasses import dataclass, replace

FIRST_S = 1.0
LONGEST_S = 30.0
CALM_S = 60.0


@dataclass(frozen=True)
class Backoff:
    """1 s, doubling to `longest_s`; a minute up starts over. `next_s` is the wait after the next death."""

    next_s: float = FIRST_S
    longest_s: float = LONGEST_S

    def died(self, uptime_s: float) -> tuple["Backoff", float]:
        wait = min(FIRST_S if uptime_s >= CALM_S else self.next_s, self.longest_s)
        return replace(self, next_s=wait * 2), wait
