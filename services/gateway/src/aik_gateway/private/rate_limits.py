"""The rate limit of each client: one budget a minute for all api processes, which take blocks of it from Postgres.

A request costs a row only when its process has used up its block. A block is a 20th of what is left of the budget, so
that a process wastes no more than that, at a window's end; together they never give out more than the budget.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from aik_service.database import OUTAGES, Database, table_of
from sqlalchemy import BigInteger, case, cast, delete, extract, func, select
from sqlalchemy.dialects.postgresql import insert

from aik_gateway.private.tables import RateWindow

log = structlog.get_logger()

WINDOW_S = 60
SHARE = 20
PATIENCE_S = 1.0
"""A limit is no reason to wait for Postgres any longer: without it everybody is let through."""
MOST_KNOWN = 10_000
REMOVED_AT_ONCE = 1_000
TABLE = table_of(RateWindow)
NOW = extract("epoch", func.clock_timestamp())


@dataclass
class _Window:
    """One process's view: `mine` may still be given out here, `left` by whoever takes it first; `ends` is monotonic."""

    ends: float
    mine: int
    left: int


@dataclass(frozen=True)
class Standing:
    """`remaining` is what this process knows: others may have taken some of it."""

    allowed: bool
    remaining: int
    reset_s: int


class RateLimits:
    """`database` sees the private schema; a `quota` of 0 is none."""

    def __init__(self, database: Database, quota: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.quota = quota
        self._database = database
        self._monotonic = monotonic
        self._windows: dict[str, _Window] = {}
        self._taking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._blind_until = 0.0

    async def take(self, client_id: str) -> Standing | None:
        """One request of this client; None when nothing is counted now."""
        window = self._current(client_id)
        if window is None or (window.mine == 0 and window.left > 0):
            async with self._taking[client_id]:
                window = self._current(client_id)
                if window is None or (window.mine == 0 and window.left > 0):
                    window = await self._reserved(client_id)
        if window is None:
            return None
        allowed = window.mine > 0
        window.mine -= allowed
        return Standing(allowed, window.mine + window.left, max(1, round(window.ends - self._monotonic())))

    def _current(self, client_id: str) -> _Window | None:
        window = self._windows.get(client_id)
        return window if window is not None and window.ends > self._monotonic() else None

    async def _reserved(self, client_id: str) -> _Window | None:
        """A block of the budget; None while Postgres doesn't answer."""
        began = self._monotonic()
        if len(self._taking) >= MOST_KNOWN:
            self._forget()
        if began < self._blind_until:
            return None
        asked = asyncio.ensure_future(self._reserve(client_id))
        await asyncio.wait({asked}, timeout=PATIENCE_S)
        try:
            if not asked.done():
                # Not waited for: a hung server keeps its client for seconds even then.
                asked.cancel()
                raise TimeoutError
            granted, left, ends_in_s = asked.result()
        except (TimeoutError, *OUTAGES) as error:
            log.warning("requests are not counted now", error=repr(error))
            self._blind_until = began + PATIENCE_S
            return None
        # Counted from before it was asked for, so that a block never outlives its window.
        window = self._windows[client_id] = _Window(began + ends_in_s, granted, left)
        return window

    async def _reserve(self, client_id: str) -> tuple[int, int, float]:
        """What was granted and what is left of the budget, and for how long. The clock is the database's."""
        number = cast(func.floor(NOW / WINDOW_S), BigInteger)
        first = max(1, self.quota // SHARE)
        new = insert(TABLE).values(client_id=client_id, number=number, used=first, granted=first)
        used = case((TABLE.c.number >= new.excluded.number, TABLE.c.used), else_=0)
        left = func.greatest(self.quota - used, 0)
        granted = func.least(func.greatest(left // SHARE, 1), left)
        reserved = new.on_conflict_do_update(
            index_elements=[TABLE.c.client_id],
            set_={
                "number": func.greatest(TABLE.c.number, new.excluded.number),
                "used": used + granted,
                "granted": granted,
            },
        )
        ends_in = (TABLE.c.number + 1) * WINDOW_S - NOW
        async with self._database.begin() as connection:
            rows = await connection.execute(reserved.returning(TABLE.c.granted, TABLE.c.used, ends_in))
            granted_now, used_now, seconds = rows.one()
            return granted_now, max(0, self.quota - used_now), float(seconds)

    def _forget(self) -> None:
        """Windows that have ended; if there are none, all: their blocks are wasted, and nothing is given out twice."""
        open_ = {client: window for client, window in self._windows.items() if window.ends > self._monotonic()}
        self._windows = open_ if len(open_) < MOST_KNOWN else {}
        self._taking = defaultdict(asyncio.Lock, {c: lock for c, lock in self._taking.items() if lock.locked()})

    async def remove_expired(self) -> int:
        """Removes windows that ended long ago, so many at a time, and says how many."""
        old = select(TABLE.c.client_id).where(TABLE.c.number < func.floor(NOW / WINDOW_S) - 1).limit(REMOVED_AT_ONCE)
        async with self._database.begin() as connection:
            return (await connection.execute(delete(TABLE).where(TABLE.c.client_id.in_(old)))).rowcount
