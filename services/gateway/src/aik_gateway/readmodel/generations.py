"""The schemas that the read model is, was or will be in; the one that serves is a row, and changes with it."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from aik_service.database import Database, table_of
from aik_service.following import FollowingDatabase
from prometheus_client import Gauge
from sqlalchemy import MetaData, Table, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import DropSchema

from aik_gateway.private.tables import Generation
from aik_gateway.readmodel.version import PROJECTION_VERSION, SCHEMA

log = structlog.get_logger()

BUILDING, SERVED, PREVIOUS, SANDBOX, RETIRED = "building", "served", "previous", "sandbox", "retired"
"""Retired ones are dropped. Of each of the first three there is one at most."""
OUTDATED = Gauge("aik_read_model_outdated", "1 when the rows that serve were begun by older code than this process")
NUMBER = re.compile(r"_g(\d+)$")


def served_database(url: str, private: str, family: str = SCHEMA, *, pool_size: int = 5) -> FollowingDatabase:
    """Sees the schema that serves; before there is any row about that, the one that is named after the family."""
    found_by = f"SELECT name FROM {private}.generation WHERE family = '{family}' AND state = '{SERVED}'"  # noqa: S608 (names of ours)
    return FollowingDatabase(url, family, found_by=found_by, pool_size=pool_size)


def say_if_outdated(served: Generation, code: int = PROJECTION_VERSION) -> bool:
    """Older rows serve on until they are made anew: nobody has to be quick about it."""
    OUTDATED.set(served.projection < code)
    if served.projection < code:
        about = {"schema": served.name, "rows": served.projection, "code": code}
        log.warning("the read model is of older code, `aik-gateway rebuild` makes it anew", **about)
    return served.projection < code


class Generations:
    """`private` sees the private schema. Only one rebuild at a time may change them (`alone`)."""

    def __init__(self, private: Database, family: str, clock: Callable[[], datetime]) -> None:
        self._private = private
        self.family = family
        self._clock = clock
        self._table: Table = table_of(Generation).to_metadata(MetaData(), schema=private.schema)

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

    async def note_first(self) -> Generation:
        """Notes the schema that serves though no row says so: new, or of a time before there were such rows."""
        async with self._private.begin() as connection:
            there = text("SELECT count(*) FROM pg_namespace WHERE nspname = :name")
            is_old = (await connection.execute(there, {"name": self.family})).scalar_one()
            first = self._row(self.family, SERVED, 1 if is_old else PROJECTION_VERSION)
            await connection.execute(insert(self._table).values(first).on_conflict_do_nothing())
        return await self.serving()

    async def begin(self) -> Generation:
        """The one that is half-built, if today's code has begun it; or else a new one, and that one is dropped."""
        building = await self.of(BUILDING)
        if building is not None and building.projection == PROJECTION_VERSION:
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
        row = self._row(name, state, PROJECTION_VERSION, chosen)
        async with self._private.begin() as connection:
            await connection.execute(insert(self._table).values(row))
        return Generation(**row)

    def _row(self, name: str, state: str, projection: int, chosen: Sequence[str] | None = None) -> dict[str, Any]:
        now = self._clock()
        row = {"name": name, "family": self.family, "state": state, "projection": projection, "begun_at": now}
        return {**row, "chosen": None if chosen is None else list(chosen)}
