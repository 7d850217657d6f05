"""The read models, one file each: a new one is found here, and filled by the next rebuild."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules

from aik_service.database import table_of
from aik_service.inbox_tables import INBOX_TABLES
from sqlalchemy.orm import configure_mappers
from sqlmodel import SQLModel

from aik_gateway.readmodel.model import Model


def found() -> tuple[Model, ...]:
    """The MODEL of every file in this folder, in the order of their names."""
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(import_module(f"{__name__}.{name}").MODEL for name in names)


def rows_in(models: Sequence[Model]) -> tuple[type[SQLModel], ...]:
    return tuple(row for model in models for row in model.tables)


def tables_in(models: Sequence[Model]) -> tuple[type[SQLModel], ...]:
    """All of a schema that has these read models."""
    return (*INBOX_TABLES, *rows_in(models))


def owners_in(models: Sequence[Model]) -> Mapping[str, Sequence[str]]:
    """By table, the columns that say whose row it is."""
    return {table_of(row).name: columns for model in models for row, columns in model.tables.items()}


MODELS = found()
configure_mappers()  # SQLAlchemy does it at the first instance, but doesn't see those of `model_construct`
ROWS = rows_in(MODELS)
TABLES = tables_in(MODELS)
