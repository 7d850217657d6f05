"""Comparing two schemas row by row, in the database: what is in one alone, and which columns differ."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aik_service.database import table_of
from aik_service.inbox_tables import Folded, HeldRecord
from sqlalchemy import (
    ColumnElement,
    FromClause,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    any_,
    cast,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from aik_gateway.private.tables import Generation
from aik_gateway.readmodel.model import Model
from aik_gateway.readmodel.models import MODELS, owners_in, rows_in

SHOWN = 20
"""So many differences of a table are shown one by one; all are counted."""
STATE: Sequence[type[SQLModel]] = (Folded, HeldRecord)
WHOSE = {"folded": ("key",), "held_record": ("key",)}
LEFT_OUT = {"held_record": {"copied"}}
"""What does not follow from the log."""


@dataclass(frozen=True)
class Difference:
    """One row that is in `only_in` alone ("served" or "other"), or each column that differs: what serves, the other."""

    table: str
    key: Mapping[str, Any]
    only_in: str | None
    columns: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class TableDiff:
    """`rows` are those that are in one or both, `differing` those of them that are not the same in both."""

    table: str
    rows: int
    differing: int
    shown: Sequence[Difference]


@dataclass(frozen=True)
class Compared:
    """Two schemas at the same offsets: so many records were folded, and so many of them are held.

    `tables` is None when there is nothing whole to compare with: what serves has not folded what was in the log when
    it was made, or no projector has brought it where the other one is. `lacking` are the tables and columns that are
    in one of both alone, and not compared; `anew` of the held records are not held by what serves.
    """

    served: Generation
    other: Generation
    records: int
    held: int
    tables: Sequence[TableDiff] | None
    lacking: Sequence[str] = ()
    anew: int = 0

    @property
    def differing(self) -> int:
        return sum(table.differing for table in self.tables or ())


async def compare(
    connection: AsyncConnection,
    served: str,
    other: str,
    chosen: Sequence[str] | None = None,
    models: Sequence[Model] = MODELS,
) -> tuple[Sequence[TableDiff], Sequence[str]]:
    """Of both schemas, as this transaction sees them; the rows of the chosen aggregates, or all.

    And the tables and columns that are in one alone.
    """
    found: list[TableDiff] = []
    lacking: list[str] = []
    whose = {**owners_in(models), **WHOSE}
    for table in map(table_of, (*rows_in(models), *STATE)):
        one, two = [await _columns(connection, schema, table.name) for schema in (served, other)]
        lacking += [f"{table.name}.{name}" for name in sorted(one ^ two)] if one and two else [table.name]
        if one and two:
            of = None if chosen is None else Chosen(chosen, whose[table.name])
            found.append(await Comparison(table, one & two, served, other, of).run(connection))
    return found, lacking


async def held_anew(connection: AsyncConnection, served: str, other: str) -> int:
    """So many records are held by the other one alone."""
    same = 'n.topic = o.topic AND n.partition = o.partition AND n."offset" = o."offset"'
    there = f"SELECT FROM {served}.held_record o WHERE {same}"
    anew = text(f"SELECT count(*) FROM {other}.held_record n WHERE NOT EXISTS ({there})")  # noqa: S608 (names of ours)
    return int((await connection.execute(anew)).scalar_one())


async def _columns(connection: AsyncConnection, schema: str, table: str) -> set[str]:
    """None of a table that is not there."""
    of = text("SELECT column_name FROM information_schema.columns WHERE table_schema = :schema AND table_name = :table")
    return set((await connection.execute(of, {"schema": schema, "table": table})).scalars())


@dataclass(frozen=True)
class Chosen:
    """The aggregates that are compared, and the columns that say whose row it is."""

    ids: Sequence[str]
    whose: Sequence[str]


class Comparison:
    """Of one table: a full join by primary key, of which the database gives the rows that differ."""

    def __init__(self, table: Table, both: Collection[str], served: str, other: str, chosen: Chosen | None) -> None:
        self._table = table.name
        self._keys = [c.name for c in table.primary_key]
        self._names = [c.name for c in table.columns if c.name in both and c.name not in LEFT_OUT.get(table.name, ())]
        self._served, self._other = (
            _rows(table, both, schema, chosen, alias) for schema, alias in ((served, "o"), (other, "n"))
        )

    async def run(self, connection: AsyncConnection) -> TableDiff:
        one, two = self._served.c, self._other.c
        joined = self._served.join(self._other, and_(*(one[name] == two[name] for name in self._keys)), full=True)
        differ = or_(*(_text(one[name]).is_distinct_from(_text(two[name])) for name in self._names))
        count = select(func.count(), func.count().filter(differ)).select_from(joined)
        rows, differing = (await connection.execute(count)).one()
        if not differing:
            return TableDiff(self._table, rows, 0, ())
        columns = [side[name].label(f"{at}_{name}") for at, side in (("o", one), ("n", two)) for name in self._names]
        by_key = [func.coalesce(one[name], two[name]) for name in self._keys]
        shown = select(*columns).select_from(joined).where(differ).order_by(*by_key).limit(SHOWN)
        found = (await connection.execute(shown)).mappings().all()
        return TableDiff(self._table, rows, differing, [self._difference(row) for row in found])

    def _difference(self, row: Mapping[Any, Any]) -> Difference:
        one, two = ({name: row[f"{at}_{name}"] for name in self._names} for at in ("o", "n"))
        first = self._keys[0]
        only_in = "other" if one[first] is None else "served" if two[first] is None else None
        key = {name: (two if only_in == "other" else one)[name] for name in self._keys}
        columns = {} if only_in else {name: (one[name], two[name]) for name in self._names if one[name] != two[name]}
        return Difference(self._table, key, only_in, columns)


def _rows(table: Table, both: Collection[str], schema: str, chosen: Chosen | None, alias: str) -> FromClause:
    here = table.to_metadata(MetaData(), schema=schema)
    mine = [column for column in here.columns if column.name in both]
    if chosen is None:
        return select(*mine).subquery(alias)
    whose = [here.c[name] for name in chosen.whose]
    is_bytes = isinstance(whose[0].type, LargeBinary)
    ids: list[Any] = [id.encode() for id in chosen.ids] if is_bytes else list(chosen.ids)
    owner: ColumnElement[Any] = func.coalesce(*whose) if len(whose) > 1 else whose[0]
    return select(*mine).where(among(owner, ids)).subquery(alias)


def among(column: ColumnElement[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """One array, since Postgres takes no more than 65,535 parameters."""
    type = LargeBinary() if isinstance(column.type, LargeBinary) else Text()
    return column == any_(literal(list(values), ARRAY(type)))


def _text(column: ColumnElement[Any]) -> ColumnElement[str]:
    """JSON can't be compared, but as text."""
    return cast(column, Text)
