"""An object store in memory: for unit tests, held to the same contract as S3."""

from collections.abc import Sequence
from pathlib import Path

from aik_service.objects.port import ObjectMissing


class MemoryObjects:
    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    async def put(self, key: str, content: bytes | Path, content_type: str) -> None:
        self.stored[key] = content if isinstance(content, bytes) else content.read_bytes()

    async def create(self, key: str, content: bytes | Path, content_type: str) -> bool:
        if key in self.stored:
            return False
        await self.put(key, content, content_type)
        return True

    async def read(self, key: str) -> bytes:
        try:
            return self.stored[key]
        except KeyError:
            raise ObjectMissing(key) from None

    async def fetch(self, key: str, target: Path) -> None:
        target.write_bytes(await self.read(key))

    async def size(self, key: str) -> int:
        return len(await self.read(key))

    async def keys(self, prefix: str) -> list[str]:
        return [key for key in self.stored if key.startswith(prefix)]

    async def keys_after(self, prefix: str, after: str, limit: int) -> list[str]:
        return sorted(key for key in self.stored if key.startswith(prefix) and key > after)[:limit]

    async def remove(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.stored.pop(key, None)

    async def check(self) -> None:
        return
