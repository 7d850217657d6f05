"""Replay: what today's code makes of the log, in a throw-away schema; and what in it differs from what serves."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from aik_service.database import Database, table_of
from sqlalchemy import select, text

from aik_gateway.private.tables import Generation
from aik_gateway.readmodel.models.timeline import TimelineRow
from aik_gateway.rebuild.comparing import Compared, among
from aik_gateway.rebuild.levelling import Levelling, positions_of
from aik_gateway.rebuild.rebuilding import Rebuilding
from aik_gateway.rebuild.refused import Refused

EVENT = table_of(TimelineRow).c


class UnknownSandbox(Refused):
    """There is no sandbox of this name: `aik-gateway replay --into NAME` makes it."""

    code = "unknown-sandbox"


@dataclass(frozen=True)
class Sandboxes:
    """Nobody else reads them; each is kept until one of its name is made again, or it is dropped."""

    rebuilding: Rebuilding

    async def replay(self, name: str, chosen: Sequence[str] | None) -> Generation:
        """Folds the whole log of these aggregates, or of all, as far as what serves has folded it."""
        async with self._alone():
            made = await self.rebuilding.generations.sandbox(name, chosen)
            async with self.rebuilding.opened(made) as database:
                goal = await positions_of(self.rebuilding.served)
                if chosen is not None:
                    await self._pass_others(database, chosen)
                await self.rebuilding.fill(database, goal, chosen)
            return made

    async def diff(self, name: str) -> Compared:
        """Brought to where what serves is, and compared with it there. Raises UnknownSandbox."""
        async with self._alone(), self._opened(name) as (made, database):
            await self.rebuilding.fill(database, await positions_of(self.rebuilding.served), made.chosen)
            levelling = Levelling(self.rebuilding.served, database, self.rebuilding.filler, made.chosen)
            return await self.rebuilding.compared(levelling, made)

    async def drop(self, name: str) -> Generation:
        """Raises UnknownSandbox."""
        async with self._alone():
            made = await self._named(name)
            await self.rebuilding.generations.drop(made)
            return made

    async def touched_since(self, since: datetime) -> Sequence[str]:
        """The aggregates that an event of that time or later was judged for. Raises NotStarted."""
        await self.rebuilding.find()
        async with self.rebuilding.served.begin() as connection:
            found = await connection.execute(select(EVENT.aggregate_id).where(EVENT.time >= since).distinct())
            return sorted(found.scalars())

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """What serves stays as it is. Raises NotStarted, and AnotherRebuild."""
        async with self.rebuilding.alone():
            await self.rebuilding.find()
            yield

    @asynccontextmanager
    async def _opened(self, name: str) -> AsyncIterator[tuple[Generation, Database]]:
        made = await self._named(name)
        async with self.rebuilding.opened(made) as database:
            yield made, database

    async def _named(self, name: str) -> Generation:
        generations = self.rebuilding.generations
        found = await generations.named(generations.sandbox_name(name))
        if found is None:
            raise UnknownSandbox(name)
        return found

    async def _pass_others(self, database: Database, chosen: Sequence[str]) -> None:
        """Partitions in which none of them lies need not be read: where each lies is in the timeline."""
        async with self.rebuilding.served.begin() as connection:
            mine = select(EVENT.aggregate_id, EVENT.topic, EVENT.partition).where(among(EVENT.aggregate_id, chosen))
            rows = (await connection.execute(mine.distinct())).all()
        if {row.aggregate_id for row in rows} != set(chosen):
            return  # Nobody knows where the others are.
        places = {(row.topic, row.partition) for row in rows}
        positions = await positions_of(self.rebuilding.served)
        async with database.begin() as connection:
            for partition, next in positions.items():
                if (partition.topic, partition.number) not in places:
                    at = {"next": next, "topic": partition.topic, "number": partition.number}
                    moved = text("UPDATE log_position SET next = :next WHERE topic = :topic AND partition = :number")
                    await connection.execute(moved, at)
