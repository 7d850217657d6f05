"""Who holds which records, looked at again and again while the releases change."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psycopg

EVERY_S = 0.5
SCHEMAS = "SELECT schemaname FROM pg_tables WHERE tablename = 'held_record' AND schemaname ~ '_v[0-9]+$' ORDER BY 1"
"""Those that serve, not what a rebuild makes."""
HELD = """SELECT topic, partition, "offset", reason IS NOT NULL FROM "{schema}".held_record"""
Place = tuple[str, int, int]


@dataclass
class Held:
    """Of one schema: the records that did not decode, those that waited behind them, and when it held any."""

    undecodable: set[Place] = field(default_factory=set)
    waiting: set[Place] = field(default_factory=set)
    first_at: float | None = None
    last_at: float | None = None
    now: int = 0


@dataclass
class Watch:
    """`held` by schema; times are seconds since the watch began. What comes and goes between two looks is not seen."""

    held: dict[str, Held] = field(default_factory=lambda: defaultdict(Held))
    _began: float = field(default_factory=time.monotonic)

    async def look(self, postgres: str) -> None:
        async with await psycopg.AsyncConnection.connect(postgres, autocommit=True) as connection:
            for (schema,) in await (await connection.execute(SCHEMAS)).fetchall():
                rows = await (await connection.execute(HELD.format(schema=schema).encode())).fetchall()
                self._note(schema, {(topic, number, offset): bad for topic, number, offset, bad in rows})

    def _note(self, schema: str, rows: Mapping[Place, bool]) -> None:
        held, now = self.held[schema], time.monotonic() - self._began
        held.now = len(rows)
        held.undecodable |= {place for place, bad in rows.items() if bad}
        held.waiting |= {place for place, bad in rows.items() if not bad}
        if rows:
            held.first_at = now if held.first_at is None else held.first_at
            held.last_at = now


@asynccontextmanager
async def watching(postgres: str) -> AsyncIterator[Watch]:
    watch = Watch()

    async def for_ever() -> None:
        while True:
            await watch.look(postgres)
            await asyncio.sleep(EVERY_S)

    looking = asyncio.create_task(for_ever())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.wait([looking])
        if not looking.cancelled():
            looking.result()
    await watch.look(postgres)
