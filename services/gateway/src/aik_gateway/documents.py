"""Lyrics and karaoke documents in the object store: small, and never changed once they are written."""

from aik_service.objects import Objects
from cachetools import TTLCache

MOST_BYTES = 64 << 20
KEPT_S = 600
"""So long a document may be in memory still after it was removed from the store; nobody is given it then."""


class Documents:
    """What was read or written lately is not asked for again."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._kept: TTLCache[str, bytes] = TTLCache(MOST_BYTES, KEPT_S, getsizeof=len)

    async def read(self, key: str) -> bytes:
        """Raises ObjectMissing."""
        content = self._kept.get(key)
        if content is None:
            content = await self._objects.read(key)
            self._keep(key, content)
        return content

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """It is stored when this returns."""
        await self._objects.put(key, content, content_type)
        self._keep(key, content)

    def _keep(self, key: str, content: bytes) -> None:
        if len(content) <= MOST_BYTES:
            self._kept[key] = content
