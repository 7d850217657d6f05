"""Receivers of webhooks in a process of their own: a healthy one, one that hangs, one that answers 500."""

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from typing import Any

HEALTHY, HANGING, FAILING = "127.0.0.1", "127.0.0.2", "127.0.0.3"
ANSWERS = {
    HEALTHY: b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    FAILING: b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n",
}


@dataclass(frozen=True)
class Receivers:
    """`received` and `last_at` are those of the healthy one."""

    port: int
    received: "Synchronized[int]"
    last_at: "Synchronized[float]"

    def url(self, host: str) -> str:
        return f"http://{host}:{self.port}/hook"

    def reset(self) -> None:
        self.received.value = 0


@contextmanager
def receiving() -> Iterator[Receivers]:
    """The same port on three addresses."""
    start = multiprocessing.get_context("spawn")
    port, received, last_at = start.Value("i", 0), start.Value("i", 0), start.Value("d", 0.0)
    process = start.Process(target=_serve, args=(port, received, last_at), daemon=True)
    process.start()
    while not port.value:
        time.sleep(0.01)
    try:
        yield Receivers(port.value, received, last_at)
    finally:
        process.terminate()
        process.join()


def _serve(port: Any, received: Any, last_at: Any) -> None:
    asyncio.run(_listen(port, received, last_at))


async def _listen(port: Any, received: Any, last_at: Any) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await _request(reader)
                if host == HANGING:
                    await reader.read()
                    break
                writer.write(ANSWERS[host])
                if host == HEALTHY:
                    received.value += 1
                    last_at.value = time.time()
        writer.close()

    first = await asyncio.start_server(answer, HEALTHY, 0, backlog=1024)
    number = first.sockets[0].getsockname()[1]
    others = [await asyncio.start_server(answer, host, number, backlog=1024) for host in (HANGING, FAILING)]
    port.value = number
    await asyncio.gather(*(server.serve_forever() for server in (first, *others)))


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(row for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:"))
    return await reader.readexactly(int(length.partition(b":")[2]))
