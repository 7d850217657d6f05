"""Writing rows: statements that are made once a table, so that they are compiled and planned once."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

Row = Mapping[str, Any]


async def upsert(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Writes each row, over the one with its primary key if there is one; every row has a value for each column."""
    if rows:
        await connection.execute(_over(table), rows)


async def insert_missing(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Writes the rows whose primary key is not there."""
    if rows:
        await connection.execute(_beside(table), rows)


@cache
def _over(table: Table) -> Insert:
    key = [column.name for column in table.primary_key]
    made = insert(table)
    values = {column.name: made.excluded[column.name] for column in table.columns if column.name not in key}
    return made.on_conflict_do_update(index_elements=key, set_=values)


@cache
def _beside(table: Table) -> Insert:
    return insert(table).on_conflict_do_nothing()
