"""What the janitor remembers: what it has taken up, when it is due, and how far it has looked through the store."""

from collections.abc import Sequence
from datetime import datetime

from aik_service.database import Database, table_of
from sqlalchemy import MetaData, Table, select, update
from sqlalchemy.dialects.postgresql import insert

from aik_gateway.private.tables import Bookmark, Sweep

SWEEP, BOOKMARK = table_of(Sweep), table_of(Bookmark)


class Sweeps:
    """`database` sees the private schema. Lost, everything is swept again, which does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.table: Table = SWEEP.to_metadata(MetaData(), schema=database.schema)
        """As another schema of the same database sees it."""

    async def take_up(self, ids: Sequence[str], due_at: datetime) -> None:
        """What is taken up already stays as it is."""
        if not ids:
            return
        rows = [{"id": id, "due_at": due_at, "times": 0} for id in ids]
        async with self._database.begin() as connection:
            await connection.execute(insert(SWEEP).values(rows).on_conflict_do_nothing())

    async def due(self, now: datetime, limit: int) -> list[str]:
        """Those that have waited the longest."""
        of_now = select(SWEEP.c.id).where(SWEEP.c.due_at <= now).order_by(SWEEP.c.due_at, SWEEP.c.id).limit(limit)
        async with self._database.begin() as connection:
            return list((await connection.execute(of_now)).scalars())

    async def swept(self, id: str, again_at: datetime) -> None:
        """Once more at that time if this was the first time; else it is done."""
        due_at = {SWEEP.c.due_at: None}
        async with self._database.begin() as connection:
            first = update(SWEEP).where(SWEEP.c.id == id, SWEEP.c.times == 0).values(due_at=again_at, times=1)
            if (await connection.execute(first)).rowcount == 0:
                await connection.execute(update(SWEEP).where(SWEEP.c.id == id).values(due_at))

    async def postpone(self, id: str, due_at: datetime) -> None:
        async with self._database.begin() as connection:
            await connection.execute(update(SWEEP).where(SWEEP.c.id == id).values(due_at=due_at))

    async def bookmark(self, name: str) -> str:
        """Where the last look ended; empty at the beginning."""
        async with self._database.begin() as connection:
            found = await connection.execute(select(BOOKMARK.c.after).where(BOOKMARK.c.name == name))
            return found.scalar_one_or_none() or ""

    async def put_bookmark(self, name: str, after: str) -> None:
        row = insert(BOOKMARK).values(name=name, after=after)
        async with self._database.begin() as connection:
            await connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"after": after}))
