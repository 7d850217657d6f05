"""The schemas that the read model is, was or will be in; the one that serves is a row, and changes with it."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from aik_service.database import OUTAGES, Database, table_of
from prometheus_client import Gauge
from sqlalchemy import MetaData, Table, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import DropSchema
from sqlmodel import SQLModel

from aik_gateway.private.tables import Generation
from aik_gateway.readmodel.fingerprint import fingerprint
from aik_gateway.readmodel.following import FollowingDatabase
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.version import PROJECTION_VERSION, SCHEMA

log = structlog.get_logger()

BUILDING, SERVED, PREVIOUS, SANDBOX, RETIRED = "building", "served", "previous", "sandbox", "retired"
"""Retired ones are dropped. Of each of the first three there is one at most."""
OUTDATED = Gauge("aik_read_model_outdated", "1 when the rows that serve were begun by older code than this process")
LOOK_S = 60.0
NUMBER = re.compile(r"_g(\d+)$")


def served_database(
    url: str,
    private: str,
    family: str = SCHEMA,
    *,
    pool_size: int = 5,
    code: int | None = PROJECTION_VERSION,
    opens: Callable[..., FollowingDatabase] = FollowingDatabase,
) -> FollowingDatabase:
    """Sees the schema that serves; before there is any row about that, the one that is named after the family.

    `code` is the version of the projection code that writes into it; None for those who only hold it where it is.
    """
    of_served = f"FROM {private}.generation WHERE family = '{family}' AND state = '{SERVED}'"
    newer = "SELECT false" if code is None else f"SELECT projection > {code} {of_served}"
    return opens(url, family, found_by=f"SELECT name {of_served}", newer=newer, pool_size=pool_size)


def say_if_outdated(served: Generation, code: int = PROJECTION_VERSION) -> bool:
    """Older rows serve on until they are made anew: nobody has to be quick about it."""
    OUTDATED.set(served.projection < code)
    if served.projection < code:
        about = {"schema": served.name, "rows": served.projection, "code": code}
        log.warning("the read model is of older code, `aik-gateway rebuild` makes it anew", **about)
    return served.projection < code


class Generations:
    """`private` sees the private schema. Only one rebuild at a time may change them (`alone`).

    `code` is the version of the projection code that begins new ones, `tables` are those that it gives them.
    """

    def __init__(
        self,
        private: Database,
        family: str,
        clock: Callable[[], datetime],
        code: int = PROJECTION_VERSION,
        tables: Sequence[type[SQLModel]] = TABLES,
    ) -> None:
        self.code = code
        self._fingerprint = fingerprint(tables)
        self._private = private
        self.family = family
        self._clock = clock
        self._table: Table = table_of(Generation).to_metadata(MetaData(), schema=private.schema)

    async def watch(self, every_s: float = LOOK_S) -> None:
        """Says for ever whether what serves is of older code: a rebuild ends that while this process runs."""
        known: Generation | None = None
        while True:
            try:
                served = await self.serving()
                if known is None or served.name != known.name:
                    say_if_outdated(served, self.code)
                    known = served
            except OUTAGES as error:
                log.warning("nobody knows now which schema serves", error=str(error))
            await asyncio.sleep(every_s)

    async def all(self) -> Sequence[Generation]:
        """The newest last."""
        mine = select(self._table).where(self._table.c.family == self.family).order_by(self._table.c.begun_at)
        async with self._private.begin() as connection:
            return [Generation(**row) for row in (await connection.execute(mine)).mappings()]

    async def serving(self) -> Generation:
        return next(one for one in await self.all() if one.state == SERVED)

    async def of(self, state: str) -> Generation | None:
        return next((one for one in await self.all() if one.state == state), None)

    async def named(self, name: str) -> Generation | None:
        return next((one for one in await self.all() if one.name == name), None)

    async def has(self, generation: Generation) -> bool:
        """False when it was dropped, begun anew, or switched to or from meanwhile."""
        now = await self.named(generation.name)
        return now is not None and (now.state, now.begun_at) == (generation.state, generation.begun_at)

    async def are_noted(self) -> bool:
        """Whether the gateway of this release was started here: its private table is there, and something serves."""
        mine = text("SELECT count(*) FROM information_schema.columns WHERE table_schema = :s AND table_name = :t")
        async with self._private.begin() as connection:
            columns = await connection.execute(mine, {"s": self._private.schema, "t": self._table.name})
            is_made = columns.scalar_one() >= len(self._table.columns)
        return is_made and await self.of(SERVED) is not None

    async def note_first(self) -> Generation:
        """Notes the schema that serves though no row says so: new, or of a time before there were such rows."""
        async with self._private.begin() as connection:
            there = text("SELECT count(*) FROM pg_namespace WHERE nspname = :name")
            is_old = (await connection.execute(there, {"name": self.family})).scalar_one()
            first = self._row(self.family, SERVED, 1 if is_old else self.code)
            await connection.execute(insert(self._table).values(first).on_conflict_do_nothing())
        return await self.serving()

    async def begin(self) -> Generation:
        """The one that is half-built, if begun with today's code and tables; or else a new one, and that one goes."""
        building = await self.of(BUILDING)
        today = (self.code, self._fingerprint)
        if building is not None and (building.projection, building.fingerprint) == today:
            return building
        if building is not None:
            await self.drop(building)
        numbers = [int(found[1]) for one in await self.all() if (found := NUMBER.search(one.name))]
        return await self._add(f"{self.family}_g{max([1, *numbers]) + 1}", BUILDING, None)

    async def sandbox(self, name: str, chosen: Sequence[str] | None) -> Generation:
        """A new one; an old one of this name is dropped."""
        old = await self.named(self.sandbox_name(name))
        if old is not None:
            await self.drop(old)
        return await self._add(self.sandbox_name(name), SANDBOX, chosen)

    def sandbox_name(self, name: str) -> str:
        return f"{self.family}_replay_{name}"

    async def switch(self, connection: AsyncConnection, to: Generation) -> None:
        """In the caller's transaction: this one serves, what served is kept, and what was kept before is retired."""
        mine, one = self._table.c.family == self.family, self._table.c.name == to.name
        # Retired first, since there is never more than one that serves, or that served before.
        for which, state in (
            (one, RETIRED),
            (mine & (self._table.c.state == PREVIOUS), RETIRED),
            (mine & (self._table.c.state == SERVED), PREVIOUS),
            (one, SERVED),
        ):
            await connection.execute(update(self._table).where(which).values(state=state))

    async def drop(self, generation: Generation) -> None:
        async with self._private.begin() as connection:
            await connection.execute(DropSchema(generation.name, cascade=True, if_exists=True))
            await connection.execute(delete(self._table).where(self._table.c.name == generation.name))

    async def drop_retired(self) -> None:
        for generation in await self.all():
            if generation.state == RETIRED:
                await self.drop(generation)

    async def _add(self, name: str, state: str, chosen: Sequence[str] | None) -> Generation:
        row = self._row(name, state, self.code, chosen)
        async with self._private.begin() as connection:
            await connection.execute(insert(self._table).values(row))
        return Generation(**row)

    def _row(self, name: str, state: str, projection: int, chosen: Sequence[str] | None = None) -> dict[str, Any]:
        now = self._clock()
        row = {"name": name, "family": self.family, "state": state, "projection": projection, "begun_at": now}
        return {**row, "fingerprint": self._fingerprint, "chosen": None if chosen is None else list(chosen)}
