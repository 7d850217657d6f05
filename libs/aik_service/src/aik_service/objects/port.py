"""The port of the object store."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol


class ObjectMissing(Exception):
    """There is no object with this key."""

    code = "object-missing"


class ObjectsUnavailable(Exception):
    """The object store can't be reached or refuses: try again later."""

    code = "objects-unavailable"


class Objects(Protocol):
    """A write is durable when it returns, and read by everybody from then on.

    Every method raises ObjectsUnavailable when the store doesn't answer.
    """

    async def put(self, key: str, content: bytes | Path, content_type: str) -> None:
        """Writes the object, over an old one if there is one."""

    async def create(self, key: str, content: bytes | Path, content_type: str) -> bool:
        """Writes the object if there is none with this key; of several at once, one gets True."""

    async def read(self, key: str) -> bytes:
        """The whole object. Raises ObjectMissing."""

    async def fetch(self, key: str, target: Path) -> None:
        """Copies the object to a file. Raises ObjectMissing."""

    async def size(self, key: str) -> int:
        """In bytes. Raises ObjectMissing."""

    async def keys(self, prefix: str) -> list[str]:
        """Every key that begins with this, in no order."""

    async def keys_after(self, prefix: str, after: str, limit: int) -> list[str]:
        """The first keys below the prefix that come after this one, in the store's order; none when it has no more."""

    async def remove(self, keys: Sequence[str]) -> None:
        """Removes those that are there."""

    async def check(self) -> None:
        """Returns when the store answers."""
