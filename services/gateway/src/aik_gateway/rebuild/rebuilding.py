"""A rebuild: fill a new schema, compare it with what serves at equal offsets, switch to it; and the way back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from aik_events.log import Log, LogUnavailable
from aik_service.database import OUTAGES, Database, table_of
from aik_service.inbox import ForeignLog
from aik_service.inbox_tables import HeldRecord, LogIdentity
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_gateway.private.tables import Generation
from aik_gateway.readmodel.fitting import make_fit, make_ready
from aik_gateway.readmodel.generations import PREVIOUS, Generations
from aik_gateway.readmodel.model import Model
from aik_gateway.readmodel.models import MODELS, tables_in
from aik_gateway.readmodel.projector import FOLDS, inbox_of
from aik_gateway.rebuild.comparing import Compared, compare, held_anew
from aik_gateway.rebuild.levelling import Levelling, Positions, place_of, positions_of
from aik_gateway.rebuild.refused import Refused
from aik_gateway.rebuild.workers import Filler, gap

log = structlog.get_logger()
LOOK_S = 0.3
PAUSE_S = 1.0
IDENTITY_TABLE = text(f"SELECT to_regclass('{table_of(LogIdentity).name}')")
"""None while what serves is lost, or was never made."""

Tell = Callable[[int, int], None]
"""(records folded, records in all)"""


def tell_nobody(done: int, total: int) -> None:
    """For tests, and for what is short."""


class AnotherRebuild(Refused):
    """Another rebuild or replay of this read model runs now, or did meanwhile."""

    code = "another-rebuild"


class NothingToGoBackTo(Refused):
    """No schema is kept from before a switch."""

    code = "nothing-to-go-back-to"


class OlderCode(Refused):
    """Newer code than this began that schema: run the command of the newer release."""

    code = "older-code"


class HoldsMore(Refused):
    """Nothing is switched: this code can't read records that what serves has read. Run that of the newest release."""

    code = "holds-more"


class NotStarted(Refused):
    """Start the gateway of this release first: its private schema has to be there before anything is compared."""

    code = "not-started"


class Lossy(Refused):
    """Nothing is switched: the new schema is behind what serves, which must not be."""

    code = "lossy-switch"


class OtherLog(ForeignLog):
    """What serves was folded from another Kafka cluster, and nothing is made beside it: set AIK_KAFKA to that one."""


Still = Callable[[], Awaitable[None]]
"""Raises AnotherRebuild unless this process is the only one."""


@dataclass(frozen=True)
class Rebuilding:
    """`served` is the database of what serves; new schemas are made beside it, in the database at `postgres`.

    `opens` gives access to a schema there.
    """

    log: Log
    served: Database
    generations: Generations
    filler: Filler
    postgres: str
    tell: Tell = tell_nobody
    opens: Callable[[str, str], Database] = Database
    models: Sequence[Model] = MODELS

    async def rebuild(self, *, dry: bool = False) -> Compared:
        """What differs from what served; `dry` leaves the new schema unswitched, for the next rebuild to go on with."""
        async with self.alone() as still:
            if dry:
                await self.find()
            else:
                await self.prepare()
            self._refuse_newer(await self.generations.serving())
            new = await self.generations.begin()
            async with self.opened(new) as database:
                await self.fill(database, await self._goal())
                levelling = Levelling(self.served, database, self.filler)
                compared = await self.compared(levelling, new)
                if not dry:
                    await self._switch(levelling, new, still)
                return compared

    async def back(self) -> Generation:
        """The schema that served before the last switch serves again; the one that did is kept in its place."""
        async with self.alone() as still:
            previous = await self.generations.of(PREVIOUS)
            if previous is None:
                raise NothingToGoBackTo
            self._refuse_newer(previous)
            async with self.opened(previous) as database:
                await self.fill(database, await positions_of(self.served))
                await self._switch(Levelling(self.served, database, self.filler), previous, still)
            return previous

    async def prepare(self) -> None:
        """What serves is changed so far that it can be compared in full."""
        await make_ready(self.served, self.generations, self.models)

    async def find(self) -> None:
        """Nothing is changed. Raises NotStarted."""
        if not await self.generations.are_noted():
            raise NotStarted

    def _refuse_newer(self, generation: Generation) -> None:
        if generation.projection > self.generations.code:
            raise OlderCode(f"{generation.name} is of version {generation.projection}, this {self.generations.code}")

    @asynccontextmanager
    async def opened(self, generation: Generation) -> AsyncIterator[Database]:
        database = self.opens(self.postgres, generation.name)
        try:
            await make_fit(database, self.models)
            await inbox_of(self.log, database).prepare()
            yield database
        finally:
            await database.close()

    async def fill(self, database: Database, goal: Positions, chosen: Sequence[str] | None = None) -> None:
        """An outage of Kafka or Postgres is waited out."""
        total = sum(goal.values())
        while wanted := gap(await patiently(lambda: positions_of(database)), goal):
            filling = asyncio.ensure_future(self.filler.fill(database.schema, wanted, chosen))
            try:
                while not filling.done():
                    await asyncio.wait([filling], timeout=LOOK_S)
                    positions = await patiently(lambda: positions_of(database))
                    self.tell(sum(min(positions[p], end) for p, end in goal.items()), total)
                await filling
            except (LogUnavailable, *OUTAGES) as error:
                log.warning("the rebuild waits for its servers", error=str(error))
                await asyncio.sleep(PAUSE_S)
            finally:
                filling.cancel()
                await asyncio.gather(filling, return_exceptions=True)
        async with database.begin() as connection:
            for table in tables_in(self.models):
                await connection.execute(text(f"ANALYZE {table_of(table).name}"))  # its plans are chosen by that

    async def compared(self, levelling: Levelling, other: Generation) -> Compared:
        """In a snapshot of the moment in which both are level: nobody waits while they are compared."""
        served = await self.generations.serving()
        async with levelling.other.snapshot() as snapshot:
            async with levelling.level() as (_, held, reached):
                await snapshot.execute(text("SELECT 1"))  # takes it
            records, at_all = sum(reached.values()), select(func.count()).select_from(table_of(HeldRecord))
            holds = int((await snapshot.execute(at_all)).scalar_one())
            if not held.is_whole or held.positions != reached:
                return Compared(served, other, records, holds, None)
            tables, lacking = await compare(snapshot, served.name, other.name, levelling.chosen, self.models)
            anew = await held_anew(snapshot, served.name, other.name)
            return Compared(served, other, records, holds, tables, lacking, anew)

    async def _switch(self, levelling: Levelling, to: Generation, still: Still) -> None:
        """One transaction; whoever reads or folds finds the other schema when it begins the next one."""
        served = await self.generations.serving()
        async with levelling.level() as (connection, held, reached):
            refuse_loss(held.positions, reached)
            if held.is_whole and (anew := await held_anew(connection, served.name, to.name)):
                raise HoldsMore(f"{to.name} would hold {anew:,} that {served.name} does not")
            await still()
            if not await self.generations.has(to):
                raise AnotherRebuild
            await _hand_over(connection, served.name, to.name, was_whole=held.is_whole)
            await self.generations.switch(connection, to)
        log.info("another schema serves now", schema=to.name, before=served.name, records=sum(reached.values()))
        await self._drop_retired()

    async def _drop_retired(self) -> None:
        """An outage undoes no switch: what is left is dropped after the next one."""
        try:
            await self.generations.drop_retired()
        except OUTAGES as error:
            log.warning("schemas that nobody needs are left until the next switch", error=str(error))

    async def _goal(self) -> Positions:
        """Where what serves is; or the log's end, while that has not even folded what was there when it was made."""
        async with self.served.begin() as connection:
            place = await place_of(connection)
        if place.is_whole:
            return place.positions
        ends = await self.log.ends([fold.topic for fold in FOLDS])
        return {partition: max(end, place.positions.get(partition, 0)) for partition, end in ends.items()}

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Still]:
        """Raises AnotherRebuild, and OtherLog.

        The lock is a connection's: a process that dies lets it go, and so does Postgres.
        """
        async with AsyncExitStack() as connections:
            connection = await connections.enter_async_context(await self.served.connected())

            async def still() -> None:
                nonlocal connection
                try:
                    await self._lock(connection)
                except psycopg.OperationalError:
                    connection = await connections.enter_async_context(await self.served.connected())
                    await self._lock(connection)

            await self._lock(connection)
            await self._refuse_other_log()
            yield still

    async def _refuse_other_log(self) -> None:
        async with self.served.begin() as connection:
            if (await connection.execute(IDENTITY_TABLE)).scalar_one() is None:
                return
            noted = (await connection.execute(select(table_of(LogIdentity).c.cluster_id))).scalars().all()
        identity = await self.log.identity()
        if noted and noted != [identity]:
            raise OtherLog(f"It was folded from {', '.join(noted)}, this is {identity}.")

    async def _lock(self, connection: psycopg.AsyncConnection[Any]) -> None:
        lock, name = "SELECT pg_try_advisory_lock(hashtext(%s))", f"{self.generations.family} rebuild"
        (free,) = (await (await connection.execute(lock, [name])).fetchone()) or (False,)
        if not free:
            raise AnotherRebuild


def refuse_loss(served: Positions, reached: Positions) -> None:
    """Raises Lossy: a switch rests on that."""
    behind = [str(partition) for partition, next in served.items() if reached.get(partition, 0) < next]
    if behind:
        raise Lossy(", ".join(behind))


async def _hand_over(connection: AsyncConnection, served: str, to: str, *, was_whole: bool) -> None:
    """What is no consequence of the log: what has a copy among the dead letters, and that nothing is missing."""
    same = 'n.topic = o.topic AND n.partition = o.partition AND n."offset" = o."offset"'
    copied = f"UPDATE {to}.held_record n SET copied = true FROM {served}.held_record o WHERE o.copied AND {same}"  # noqa: S608 (names of ours)
    await connection.execute(text(copied))
    if was_whole:
        await connection.execute(text(f"UPDATE {to}.log_position SET barrier = least(barrier, next)"))  # noqa: S608 (a name of ours)


async def patiently(ask: Callable[[], Awaitable[Positions]]) -> Positions:
    while True:
        try:
            return await ask()
        except OUTAGES as error:
            log.warning("the rebuild waits for Postgres", error=str(error))
            await asyncio.sleep(PAUSE_S)
