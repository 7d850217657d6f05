"""The dispatcher: takes what is due for all free senders at once, and has each delivery tried by one of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aik_service.database import OUTAGES

from aik_notifier import metrics
from aik_notifier.queue import DeliveryLease, Queue
from aik_notifier.room import Room

log = structlog.get_logger()
LINGER_S = 0.005
"""So long it waits for more senders to become free, that they be given work in one transaction."""


class Dispatcher:
    """`wait` sleeps until there may be something to do, for so many seconds at most."""

    def __init__(
        self,
        queue: Queue,
        work: Callable[[DeliveryLease], Awaitable[None]],
        *,
        room: Room,
        wait: Callable[[float], Awaitable[None]],
        poll_s: float,
    ) -> None:
        self._queue = queue
        self._work = work
        self._room = room
        self._wait = wait
        self._poll_s = poll_s
        self._is_stopping = False
        self._woken = asyncio.Event()
        """Told to stop, or a sender is free that there was something to do for."""
        self._is_short = False

    async def run(self) -> None:
        """Returns after `stop`, when what is at hand is done; cancelled, what is at hand goes back."""
        async with asyncio.TaskGroup() as senders:
            while not self._is_stopping:
                self._woken.clear()
                for lease in await self._taken():
                    self._room.admit(lease.host, lease.standing)
                    senders.create_task(self._try(lease))
                await self._idle()

    def stop(self) -> None:
        """Nothing more is taken."""
        self._is_stopping = True
        self._woken.set()

    async def _taken(self) -> Sequence[DeliveryLease]:
        room = self._room.copy()
        self._is_short = True  # Who becomes free meanwhile is not in this room.
        try:
            leases = await self._queue.take(room)
        except OUTAGES as error:
            log.warning("the queue can't be read", error=str(error))
            return []
        self._is_short = room.is_short or room.is_used_up()
        return leases

    async def _try(self, lease: DeliveryLease) -> None:
        with metrics.SENDING.labels(lease.standing).track_inprogress():
            try:
                await self._work(lease)
            finally:
                self._room.leave(lease.host, lease.standing)
                if self._is_short:
                    self._woken.set()

    async def _idle(self) -> None:
        """Until something may be due; while there is no room for what is, until a sender is free."""
        waiting: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._woken.wait())]
        if not self._room.is_full():
            waiting.append(asyncio.ensure_future(self._wait(self._poll_s)))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in waiting:
                each.cancel()
        if self._woken.is_set():
            await asyncio.sleep(LINGER_S)
