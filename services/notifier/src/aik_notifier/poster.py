"""Posting a message: the port, and what comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Answer:
    """`error` is None for a 2xx; `status` is None when no answer came; `body` is the first KiB of it."""

    latency_ms: int
    status: int | None = None
    body: str = ""
    error: str | None = None
    retry_after: str | None = None


class Poster(Protocol):
    """One request at most a call, never to an address that is not allowed; whatever goes wrong is in the answer."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer: ...
