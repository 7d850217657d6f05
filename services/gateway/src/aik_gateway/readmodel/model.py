"""A read model: its tables, and the rows in them; every row belongs to one aggregate and follows from its events."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aik_events.event import Frozen
from aik_service.folding import Change
from sqlalchemy import DateTime
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

TIME = DateTime(timezone=True)


class ReadModelRow(SQLModel, registry=registry()):
    """A registry of its own: another service may have tables of the same names in its schema."""


def nothing(_: Any) -> Iterable[SQLModel]:
    return ()


@dataclass(frozen=True)
class Model:
    """`tables` names for each the columns that say whose row it is: the first one of them that has a value.

    `of_state` gives the rows that follow from the last state of an aggregate, whatever its class: each replaces the one
    with its key, and none ever goes. `of_change` gives the rows that one event adds, which never change. Both are
    pure: no clocks, no sequences. Rows are made by `model_construct`, several times faster than the class itself: they
    never see a session, and what they hold was checked when the event was read.
    """

    tables: Mapping[type[SQLModel], Sequence[str]]
    of_state: Callable[[Any], Iterable[SQLModel]] = nothing
    of_change: Callable[[Change], Iterable[SQLModel]] = nothing


def as_json(value: Frozen | None) -> dict[str, object] | None:
    return None if value is None else value.model_dump(mode="json", by_alias=True)
