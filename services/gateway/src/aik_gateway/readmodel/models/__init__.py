"""The read models, one file each: a new one is found here, and filled by the next rebuild."""

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from aik_service.database import table_of
from aik_service.inbox_tables import INBOX_TABLES
from sqlalchemy.orm import configure_mappers
from sqlmodel import SQLModel

from aik_gateway.readmodel.model import Model


def found() -> Sequence[Model]:
    """The MODEL of every file in this folder, in the order of their names."""
    names = sorted(module.name for module in iter_modules(__path__))
    return [import_module(f"{__name__}.{name}").MODEL for name in names]


MODELS: Sequence[Model] = found()
configure_mappers()  # SQLAlchemy does it at the first instance, but doesn't see those of `model_construct`
ROWS: tuple[type[SQLModel], ...] = tuple(row for model in MODELS for row in model.tables)
TABLES: tuple[type[SQLModel], ...] = (*INBOX_TABLES, *ROWS)
OWNERS = {table_of(row).name: columns for model in MODELS for row, columns in model.tables.items()}
"""By table, the columns that say whose row it is."""
