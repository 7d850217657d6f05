"""Two schemas at the very same offsets: what serves stands still for a moment, and the other one catches up."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aik_events.envelope import Partition
from aik_service.database import Database, table_of
from aik_service.inbox_tables import LogPosition
from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy import select, text
from sqlalchemy.exc import InternalError
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_gateway.rebuild.refused import Refused
from aik_gateway.rebuild.workers import Filler, gap

POSITION = table_of(LogPosition)
NEAR = 100
"""So few records behind, it catches up while the projectors wait: for some tenths of a second."""
ROUNDS = 50
PATIENCE_S = 10
"""A process that is paused while it holds the positions loses them after so long."""

Positions = Mapping[Partition, int]


class NeverNear(Refused):
    """Events come faster than they are folded anew: begin again when there is less to do, or with more processes."""

    code = "rebuild-too-slow"


class HeldTooLong(Refused):
    """This process was paused while it held what serves, and had to let it go: nothing is switched, begin again."""

    code = "held-too-long"


@dataclass(frozen=True)
class Place:
    """How far a schema is, and whether it has folded all that was in the log when it was made."""

    positions: Positions
    is_whole: bool


async def place_of(connection: AsyncConnection, *, locked: bool = False) -> Place:
    """`locked` until the transaction's end: no projector moves on meanwhile."""
    places = select(POSITION).order_by(POSITION.c.topic, POSITION.c.partition)
    rows = (await connection.execute(places.with_for_update() if locked else places)).all()
    positions = {Partition(row.topic, row.partition): row.next for row in rows}
    return Place(positions, bool(rows) and all(row.next >= row.barrier for row in rows))


async def positions_of(database: Database) -> Positions:
    async with database.begin() as connection:
        return (await place_of(connection)).positions


@dataclass(frozen=True)
class Levelling:
    """Brings the other schema to where the one that serves is; `chosen` are the aggregates it is about, if not all.

    `patience_s` is another value for PATIENCE_S.
    """

    served: Database
    other: Database
    filler: Filler
    chosen: Sequence[str] | None = None
    patience_s: float = PATIENCE_S

    @asynccontextmanager
    async def level(self) -> AsyncIterator[tuple[AsyncConnection, Place, Positions]]:
        """A transaction that holds what serves where it is, and where both are; the other one is not behind.

        Raises NeverNear, and HeldTooLong: then that transaction came to nothing.
        """
        await self._come_near()
        try:
            async with self.served.begin() as connection:
                patience = f"SET LOCAL idle_in_transaction_session_timeout = {self.patience_s * 1000:.0f}"
                await connection.execute(text(patience))
                held = await place_of(connection, locked=True)
                await self.served.fence(connection)
                await self._fill(held.positions)
                yield connection, held, await positions_of(self.other)
        except InternalError as error:
            if isinstance(error.orig, IdleInTransactionSessionTimeout):
                raise HeldTooLong from error
            raise

    async def _come_near(self) -> None:
        for _ in range(ROUNDS):
            if await self._fill(await positions_of(self.served)) <= NEAR:
                return
        raise NeverNear

    async def _fill(self, goal: Positions) -> int:
        """The number of records that were missing."""
        wanted = gap(await positions_of(self.other), goal)
        if wanted:
            await self.filler.fill(self.other.schema, wanted, self.chosen)
        return sum(map(len, wanted.values()))
