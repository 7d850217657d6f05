"""The rows of every read model: pure, so that the same log always gives the same rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aik_service.database import table_of
from aik_service.folding import Change
from sqlalchemy import Table
from sqlmodel import SQLModel

from aik_gateway.readmodel.model import Model
from aik_gateway.readmodel.models import MODELS

ByTable = Mapping[Table, Sequence[Mapping[str, Any]]]


def rows_of(state: object, models: Sequence[Model] = MODELS) -> Iterator[SQLModel]:
    """The rows that follow from the last state of one aggregate."""
    for model in models:
        yield from model.of_state(state)


def changed_rows(changes: Sequence[Change], models: Sequence[Model] = MODELS) -> Iterator[SQLModel]:
    """Rows follow from the state alone, so those that the state before gave are in the tables."""
    first = {change.before.id: change.before for change in reversed(changes)}
    last = {change.after.id: change.after for change in changes}
    for id, state in last.items():
        known = list(rows_of(first[id], models))
        yield from (row for row in rows_of(state, models) if row not in known)


def event_rows(changes: Sequence[Change], models: Sequence[Model] = MODELS) -> Iterator[SQLModel]:
    """The rows that each event adds; one that comes again has them."""
    for change in changes:
        for model in models:
            yield from model.of_change(change)


def by_table(rows: Iterable[SQLModel]) -> ByTable:
    tables: dict[Table, list[Mapping[str, Any]]] = {}
    for row in rows:
        table = table_of(type(row))
        tables.setdefault(table, []).append({column.name: row.__dict__[column.name] for column in table.columns})
    return tables
