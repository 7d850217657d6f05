"""Whether a server answers yet."""

import asyncio

import httpx

from aik_local.program import Probe


def accepts_connections(port: int) -> Probe:
    """A TCP connection to 127.0.0.1 succeeds."""

    async def probe() -> bool:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
        return True

    return probe


def answers_ok(url: str) -> Probe:
    """GET answers 200."""

    async def probe() -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
            try:
                return (await client.get(url)).status_code == httpx.codes.OK
            except httpx.TransportError:
                return False

    return probe


def exits_with_zero(*command: str) -> Probe:
    """The command succeeds."""

    async def probe() -> bool:
        null = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(*command, stdin=null, stdout=null, stderr=null)
        return await process.wait() == 0

    return probe
