"""The fingerprint of a schema's tables, as this code has them."""

from collections.abc import Sequence
from hashlib import sha256

from aik_service.database import table_of
from sqlalchemy.dialects import postgresql
from sqlmodel import SQLModel


def fingerprint(tables: Sequence[type[SQLModel]]) -> str:
    """Another one when a table, a column or a column's type is another."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
    columns = [column for table in map(table_of, tables) for column in table.columns]
    lines = [f"{column.table.name} {column.name} {column.type.compile(dialect)}" for column in columns]
    return sha256("\n".join(sorted(lines)).encode()).hexdigest()
