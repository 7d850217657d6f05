"""Pages of a list, newest first: by keyset, so that what is added meanwhile moves nothing."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, tuple_

from aik_gateway.problems import Problem

T = TypeVar("T")
U = TypeVar("U")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
PLACE = re.compile(rb"([0-9]{1,17})\.([A-Za-z0-9_-]{1,80})")


@dataclass(frozen=True)
class Place:
    """What a page ended with; ids decide between those of one moment."""

    created_at: datetime
    id: str

    def cursor(self, of: str) -> str:
        """Opaque, and of characters that need no escaping; good for the list of this name alone."""
        place = f"{of}.{(self.created_at - EPOCH) // MICROSECOND}.{self.id}"
        return urlsafe_b64encode(place.encode()).decode().rstrip("=")

    @property
    def number(self) -> int:
        """Of a list whose ids are numbers. Raises Problem."""
        if not re.fullmatch(r"[0-9]{1,18}", self.id):
            raise _invalid()
        return int(self.id)

    def comes_before(self, created_at: Any, id: Any) -> ColumnElement[bool]:
        """True of what is on the next pages; `created_at` and `id` are columns."""
        return tuple_(created_at, id) < tuple_(self.created_at, self.id)


def place_of(cursor: str | None, of: str) -> Place | None:
    """`of` is the name of the list that is asked for. Raises Problem when the cursor is none, or another list's."""
    if cursor is None:
        return None
    try:
        told = urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
    except (NotBase64, ValueError):
        raise _invalid() from None
    name = f"{of}.".encode()
    place = PLACE.fullmatch(told.removeprefix(name))
    if place is None or not told.startswith(name):
        raise _invalid()
    return Place(EPOCH + int(place[1]) * MICROSECOND, place[2].decode())


def _invalid() -> Problem:
    return Problem(
        "cursor-invalid", "Send the nextCursor of the page before, of this very list, or none for the first page."
    )


@dataclass(frozen=True)
class Page(Generic[T]):
    items: Sequence[T]
    next: Place | None

    def map(self, view: Callable[[T], U]) -> "Page[U]":
        return Page([view(item) for item in self.items], self.next)

    def cursor(self, of: str) -> str | None:
        """For the next page of the list of this name."""
        return None if self.next is None else self.next.cursor(of)


def page_of(found: Sequence[T], limit: int, place: Callable[[T], Place], until: Place | None = None) -> Page[T]:
    """`found` is one more than the limit when there is a next page; or that begins after `until`."""
    items = found[:limit]
    return Page(items, place(items[-1]) if len(found) > limit else until)
