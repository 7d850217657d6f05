"""HTTP over one kept connection, with so little work per request that the server is what is measured."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


class Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    @classmethod
    async def to(cls, url: str) -> "Connection":
        address = urlsplit(url)
        return cls(*await asyncio.open_connection(address.hostname, address.port), address.netloc)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None = None
    ) -> tuple[int, bytes]:
        """Status and body; the answer must say how long it is."""
        content = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}", *(f"{name}: {v}" for name, v in headers.items())]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        return int(head[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


async def per_second(url: str, path: str, headers: Mapping[str, str], *, connections: int, seconds: float) -> float:
    """Answers (200) a second, with so many requests in flight all the time."""
    ends = time.perf_counter() + seconds

    async def one() -> int:
        connection, answered = await Connection.to(url), 0
        while time.perf_counter() < ends:
            status, body = await connection.ask("GET", path, headers)
            assert status == 200, body
            answered += 1
        connection.close()
        return answered

    return sum(await asyncio.gather(*(one() for _ in range(connections)))) / seconds
