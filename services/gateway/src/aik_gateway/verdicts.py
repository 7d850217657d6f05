"""Waiting for the projector's verdict on an event."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog
from aik_events.verdict import ACCEPTED, Verdict
from aik_service.database import OUTAGES, RECONNECT_S, Database
from psycopg import OperationalError

from aik_gateway.readmodel.projector import ACCEPTED_MARK, VERDICTS

log = structlog.get_logger()

POLL_S = 0.5

LookUp = Callable[[str, str], Awaitable[Verdict | None]]


@dataclass
class Waiter:
    """Woken when its event was judged, or may have been; accepted is said at once, the reason of a rejection isn't."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: bool = False


class Verdicts:
    """Hears which events were judged; a slow look at the table covers what was not heard."""

    def __init__(self, database: Database, look_up: LookUp, *, poll_s: float = POLL_S) -> None:
        self._database = database
        self._look_up = look_up
        self._poll_s = poll_s
        self._waiting: dict[str, list[Waiter]] = {}

    async def run(self) -> None:
        """Listens for ever."""
        while True:
            try:
                async for words in self._database.listen(VERDICTS):
                    self.heard(words)
            except OperationalError as error:
                log.warning("verdicts are not heard, the table is looked at instead", error=str(error))
                await asyncio.sleep(RECONNECT_S)

    def heard(self, words: list[str]) -> None:
        """Each is the id of a judged event, with a mark when it was accepted."""
        for word in words:
            for waiter in self._waiting.get(word.removeprefix(ACCEPTED_MARK), ()):
                waiter.accepted = word.startswith(ACCEPTED_MARK)
                waiter.woken.set()

    @contextmanager
    def expecting(self, event_id: str) -> Iterator[Waiter]:
        """Begin before the event is appended, so that its verdict can't be missed."""
        waiter = Waiter()
        self._waiting.setdefault(event_id, []).append(waiter)
        try:
            yield waiter
        finally:
            self._waiting[event_id].remove(waiter)
            if not self._waiting[event_id]:
                del self._waiting[event_id]

    async def of(self, aggregate_id: str, event_id: str, waiter: Waiter, timeout_s: float) -> Verdict | None:
        """None when the projector, or Postgres, is later than `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._poll_s):
                            await waiter.woken.wait()
                    if waiter.accepted:
                        return ACCEPTED
                    waiter.woken.clear()
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
