"""Waiting for the projector's verdict on an event."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

import structlog
from aik_events.verdict import Verdict
from aik_service.database import OUTAGES, RECONNECT_S, Database
from psycopg import OperationalError

from aik_gateway.readmodel.projector import VERDICTS

log = structlog.get_logger()

POLL_S = 0.5

LookUp = Callable[[str, str], Awaitable[Verdict | None]]


class Verdicts:
    """Hears which events were judged; a slow look at the table covers what was not heard."""

    def __init__(self, database: Database, look_up: LookUp, *, poll_s: float = POLL_S) -> None:
        self._database = database
        self._look_up = look_up
        self._poll_s = poll_s
        self._waiting: dict[str, list[asyncio.Event]] = {}

    async def run(self) -> None:
        """Listens for ever."""
        while True:
            try:
                async for event_ids in self._database.listen(VERDICTS):
                    self.heard(event_ids)
            except OperationalError as error:
                log.warning("verdicts are not heard, the table is looked at instead", error=str(error))
                await asyncio.sleep(RECONNECT_S)

    def heard(self, event_ids: list[str]) -> None:
        for event_id in event_ids:
            for waiter in self._waiting.get(event_id, ()):
                waiter.set()

    @contextmanager
    def expecting(self, event_id: str) -> Iterator[asyncio.Event]:
        """Begin before the event is appended, so that its verdict can't be missed."""
        waiter = asyncio.Event()
        self._waiting.setdefault(event_id, []).append(waiter)
        try:
            yield waiter
        finally:
            self._waiting[event_id].remove(waiter)
            if not self._waiting[event_id]:
                del self._waiting[event_id]

    async def of(self, aggregate_id: str, event_id: str, waiter: asyncio.Event, timeout_s: float) -> Verdict | None:
        """None when the projector, or Postgres, is later than `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(waiter.wait(), self._poll_s)
                    waiter.clear()
                    verdict = await self._looked_up(aggregate_id, event_id)
                    if verdict is not None:
                        return verdict
        return None

    async def _looked_up(self, aggregate_id: str, event_id: str) -> Verdict | None:
        """An outage says nothing about the event: it is in the log, and judged or going to be."""
        try:
            return await self._look_up(aggregate_id, event_id)
        except OUTAGES as error:
            log.warning("a verdict can't be looked up", error=str(error))
            return None
