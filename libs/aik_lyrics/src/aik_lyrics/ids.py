"""Ids of lines and words: opaque, deterministic, never the same for two events."""

from collections.abc import Callable
from hashlib import blake2s
from itertools import count

Mint = Callable[[], str]
"""Gives a new id at every call."""


def minted_by(*seed: str) -> Mint:
    """Ids that follow from `seed` (an event's id, or a job's id and version) and how many were taken before."""
    numbers = count()

    def mint() -> str:
        return blake2s("\0".join((*seed, str(next(numbers)))).encode(), digest_size=8).hexdigest()

    return mint
