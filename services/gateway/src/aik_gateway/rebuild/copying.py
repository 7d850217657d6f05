"""Many rows at once by COPY, in the transaction that the connection is in; values as an insert would store them."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, LiteralString, cast

from psycopg import AsyncConnection as Driver
from psycopg import sql
from psycopg.errors import UniqueViolation
from sqlalchemy import Dialect, Table
from sqlalchemy.ext.asyncio import AsyncConnection

Rows = Sequence[Mapping[str, Any]]
"""Each with a value for every column."""


async def copy_over(connection: AsyncConnection, table: Table, rows: Rows, *, new: bool) -> None:
    """Each row over the one with its primary key if there is one; of two with the same key the last.

    `new`: none is expected to be there, so that this is tried first.
    """
    if rows:
        key = [column.name for column in table.primary_key]
        last = {tuple(row[name] for name in key): row for row in rows}
        others = [column.name for column in table.columns if column.name not in key]
        taken = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in others]
        await _copy_or(connection, table, list(last.values()), sql.SQL("UPDATE SET ") + sql.SQL(", ").join(taken), new)


async def copy_beside(connection: AsyncConnection, table: Table, rows: Rows) -> None:
    """The rows whose primary keys are not there, as most are not; of two with the same key the first."""
    if rows:
        key = [column.name for column in table.primary_key]
        first = {tuple(row[name] for name in key): row for row in reversed(rows)}
        await _copy_or(connection, table, list(first.values()), sql.SQL("NOTHING"), new=True)


async def _copy_or(connection: AsyncConnection, table: Table, rows: Rows, conflict: sql.Composable, new: bool) -> None:
    driver = await _driver(connection)
    if not new:
        return await _copy_by_stage(connection, table, rows, conflict)
    await driver.execute("SAVEPOINT straight")
    try:
        await _copy(connection, table, rows, table.name)
    except UniqueViolation:
        await driver.execute("ROLLBACK TO SAVEPOINT straight")
        await _copy_by_stage(connection, table, rows, conflict)
    await driver.execute("RELEASE SAVEPOINT straight")


async def _copy_by_stage(connection: AsyncConnection, table: Table, rows: Rows, conflict: sql.Composable) -> None:
    driver, stage = await _driver(connection), f"stage_{table.name}"
    key = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.primary_key)
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    parts = {"stage": sql.Identifier(stage), "table": sql.Identifier(table.name), "key": key, "names": names}
    await driver.execute(sql.SQL("CREATE TEMP TABLE {stage} (LIKE {table}) ON COMMIT DROP").format(**parts))
    await _copy(connection, table, rows, stage)
    merge = sql.SQL("INSERT INTO {table} ({names}) SELECT {names} FROM {stage} ON CONFLICT ({key}) DO ").format(**parts)
    await driver.execute(merge + conflict)
    await driver.execute(sql.SQL("DROP TABLE {stage}").format(**parts))


async def _copy(connection: AsyncConnection, table: Table, rows: Rows, into: str) -> None:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    driver = await _driver(connection)
    bound = _bound(table, connection.dialect)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(into), names)
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row([row[name] if bind is None else bind(row[name]) for name, bind in bound])


async def _driver(connection: AsyncConnection) -> Driver[Any]:
    return cast(Driver[Any], (await connection.get_raw_connection()).driver_connection)


Bind = Callable[[Any], Any]


@lru_cache(maxsize=64)
def _bound(table: Table, dialect: Dialect) -> Sequence[tuple[LiteralString, Bind | None]]:
    """Each column with what an insert does to its values."""
    return [(c.name, c.type.dialect_impl(dialect).bind_processor(dialect)) for c in table.columns]
