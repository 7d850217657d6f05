"""A database whose schema may be exchanged for another while it is used: each transaction finds it anew."""

from typing import Any

import psycopg
from aik_service.database import Database, NewerServes, SchemaMoved
from sqlalchemy import event, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util import await_only


class FollowingDatabase(Database):
    """Transactions see the schema that `found_by`, a query for one name, gives when they begin; or else `schema`.

    `newer`, a query for true or false, says whether newer code than this has begun that schema: its fence raises
    NewerServes then. Channels are those of `schema` at all times. `found_by` is asked in place of the pool's own look
    at whether the connection is alive, so that it takes no time of its own.
    """

    def __init__(
        self, url: str, schema: str, *, found_by: str, newer: str = "SELECT false", pool_size: int = 5
    ) -> None:
        super().__init__(url, schema, pool_size=pool_size, pre_ping=False)
        self._name = f"coalesce(({found_by}), '{schema}')"
        self._newer = f"coalesce(({newer}), false)"
        event.listen(self._engine.sync_engine, "checkout", self._find)

    async def serving(self) -> str:
        """The name of the schema that transactions see now."""
        async with self.begin() as connection:
            return str((await connection.execute(text(f"SELECT {self._name}"))).scalar_one())

    async def fence(self, connection: AsyncConnection) -> None:
        state = text(f"SELECT current_setting('search_path') = {self._name}, {self._newer}")
        still, newer = (await connection.execute(state)).one()
        if not still:
            raise SchemaMoved
        if newer:
            raise NewerServes

    def _find(self, connection: Any, *_: Any) -> None:
        """Outside of any transaction, whose isolation is still to be set."""
        driver: psycopg.AsyncConnection[Any] = connection.driver_connection
        try:
            await_only(driver.set_autocommit(True))
            await_only(driver.execute(f"SELECT set_config('search_path', {self._name}, false)"))
            await_only(driver.set_autocommit(False))
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DisconnectionError(str(error)) from error
