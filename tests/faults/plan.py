"""Which process meets which fault, and when: a list that follows from a seed alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Kind(StrEnum):
    """KILL is SIGKILL, TERMINATE the signal that tells the process to stop, PAUSE is SIGSTOP and later SIGCONT."""

    KILL = "kill"
    TERMINATE = "terminate"
    PAUSE = "pause"


PROCESS_SHARE, SERVER_SHARE = 2, 1
KINDS = (Kind.KILL, Kind.KILL, Kind.KILL, Kind.TERMINATE, Kind.PAUSE)
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 6.0
"""Some pauses are shorter than a lease and some are longer."""


@dataclass(frozen=True)
class Fault:
    """Comes `after_s` seconds after the one before it, as soon as its process is up."""

    after_s: float
    process: str
    kind: Kind
    pause_s: float


def planned(
    seed: int, count: int, *, processes: Sequence[str], servers: Sequence[str], every_s: float
) -> tuple[Fault, ...]:
    """`count` faults, on average `every_s` apart, some of them in bursts. Servers meet half as many as processes."""
    rng = Random(f"faults {seed}")  # noqa: S311 (not for secrets)
    victims = _dealt(rng, [*processes] * PROCESS_SHARE + [*servers] * SERVER_SHARE)
    kinds = {name: _dealt(rng, KINDS) for name in (*processes, *servers)}
    return tuple(
        Fault(
            after_s=round(min(rng.expovariate(1 / every_s), 3 * every_s), 3),
            process=victim,
            kind=next(kinds[victim]),
            pause_s=round(rng.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S), 3),
        )
        for victim in islice(victims, count)
    )


def _dealt(rng: Random, cards: Sequence[T]) -> Iterator[T]:
    """The cards in a random order, then all of them in another one, and so on: none is left out for long."""
    while True:
        yield from rng.sample(cards, len(cards))
