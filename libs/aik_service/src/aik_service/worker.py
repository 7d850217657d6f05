"""A worker: takes one lease after the other, and stops taking when it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import structlog

from aik_service.database import OUTAGES

log = structlog.get_logger()
LeaseT = TypeVar("LeaseT")
LeaseOut = TypeVar("LeaseOut", covariant=True)


class Source(Protocol[LeaseOut]):
    """What is next; None when there is nothing to do."""

    async def take(self) -> LeaseOut | None: ...


class Worker(Generic[LeaseT]):
    """Does one thing at a time. `wait` sleeps until there may be something to do, for so many seconds at most."""

    def __init__(
        self,
        queue: Source[LeaseT],
        work: Callable[[LeaseT], Awaitable[None]],
        *,
        wait: Callable[[float], Awaitable[None]],
        poll_s: float,
    ) -> None:
        self._queue = queue
        self._work = work
        self._wait = wait
        self._poll_s = poll_s
        self._stopping = False
        self._idling: asyncio.Future[None] | None = None

    async def run(self) -> None:
        """Returns after `stop`, when what is at hand is done; cancelled, what is at hand goes back."""
        while not self._stopping:
            lease = await self._next()
            if lease is None:
                await self._idle()
            else:
                await self._work(lease)

    def stop(self) -> None:
        """Nothing more is taken."""
        self._stopping = True
        if self._idling is not None:
            self._idling.cancel()

    async def _next(self) -> LeaseT | None:
        try:
            return await self._queue.take()
        except OUTAGES as error:
            log.warning("the queue can't be read", error=str(error))
            return None

    async def _idle(self) -> None:
        if self._stopping:
            return
        self._idling = asyncio.ensure_future(self._wait(self._poll_s))
        try:
            await asyncio.wait([self._idling])
            if not self._idling.cancelled():
                self._idling.result()
        finally:
            self._idling.cancel()
            self._idling = None
