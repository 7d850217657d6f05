"""One command, one event: asked for again under its Idempotency-Key, it is the same event."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from aik_events.event import Event
from fastapi import Depends

E = TypeVar("E", bound=Event)


class Once:
    """Of a request without an Idempotency-Key: every event is new."""

    async def event(self, build: Callable[[], Awaitable[E]]) -> E:
        """The event that this request's key has stored; or a new one, stored under the key before it is given."""
        return await build()


OnceOnly = Annotated[Once, Depends(Once)]
