"""Tables of older code made fit for this code to write into and to read, until a rebuild makes their rows anew."""

from aik_service.database import Database, table_of
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from aik_gateway.readmodel.models import ROWS, TABLES


async def make_fit(database: Database) -> None:
    """What is missing is made: tables, and columns, which are null in rows of older code. Nothing goes.

    A column that this code doesn't know any more may be null from now on. A column never changes its type: give the new
    one another name.
    """
    await database.create(TABLES)
    async with database.begin() as connection:
        await connection.run_sync(_add_columns)


def _add_columns(connection: Connection) -> None:
    found = inspect(connection)
    for table in map(table_of, ROWS):
        there = {column["name"]: column for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                type = column.type.compile(connection.dialect)
                connection.execute(text(f'ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS "{column.name}" {type}'))
        for name in there.keys() - {column.name for column in table.columns}:
            if not there[name]["nullable"]:
                connection.execute(text(f'ALTER TABLE {table.name} ALTER COLUMN "{name}" DROP NOT NULL'))
