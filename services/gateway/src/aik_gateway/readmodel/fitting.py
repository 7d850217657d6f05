"""Tables of older code made fit for this code to write into and to read, until a rebuild makes their rows anew."""

import asyncio
from collections.abc import Sequence

import structlog
from aik_service.database import Database, table_of
from psycopg.errors import LockNotAvailable
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from aik_gateway.readmodel.generations import Generations, say_if_outdated
from aik_gateway.readmodel.model import Model
from aik_gateway.readmodel.models import MODELS, rows_in, tables_in

log = structlog.get_logger()
PATIENCE = "2s"
"""Whoever reads a table waits behind a change of it that waits: for so long at most."""
PAUSE_S = 1.0


async def make_ready(database: Database, generations: Generations, models: Sequence[Model] = MODELS) -> None:
    """What serves is noted, and made fit unless newer code than this began it: that is then left as it is."""
    served = await generations.note_first()
    say_if_outdated(served, generations.code)
    if served.projection <= generations.code:
        await make_fit(database, models)


async def make_fit(database: Database, models: Sequence[Model] = MODELS, pause_s: float = PAUSE_S) -> None:
    """What is missing is made: tables, and columns, which are null in rows of older code. Nothing goes.

    A column that this code doesn't know any more may be null from now on. A column never changes its type: give the new
    one another name. Tables that somebody uses for long are waited for, without keeping others from them.
    """
    await database.create(tables_in(models))
    while True:
        try:
            async with database.begin() as connection:
                await connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
                return await connection.run_sync(_add_columns, models)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            log.warning("a table that needs a change is in use, it is tried again", error=str(error.orig))
            await asyncio.sleep(pause_s)


def _add_columns(connection: Connection, models: Sequence[Model]) -> None:
    found = inspect(connection)
    for table in map(table_of, rows_in(models)):
        there = {column["name"]: column for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                type = column.type.compile(connection.dialect)
                connection.execute(text(f'ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS "{column.name}" {type}'))
        for name in there.keys() - {column.name for column in table.columns}:
            if not there[name]["nullable"]:
                connection.execute(text(f'ALTER TABLE {table.name} ALTER COLUMN "{name}" DROP NOT NULL'))
