"""What a container's health check says of the process beside it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest
from aik_service.health import OpsServer


class Trouble:
    """A dependency that is there until it is not."""

    down = False

    async def check(self) -> None:
        if self.down:
            raise ConnectionError


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
async def port(trouble: Trouble) -> AsyncIterator[int]:
    server = OpsServer({"kafka": trouble.check}, host="127.0.0.1", port=0)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def asked(port: int, *arguments: str) -> tuple[int | None, str]:
    check = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aik_service.health_check", *arguments),
        env={**os.environ, "AIK_HTTP_PORT": str(port), "http_proxy": "http://127.0.0.1:9"},
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await check.communicate()
    return check.returncode, told.decode()


async def test_a_process_that_lives_and_is_ready_passes(port: int) -> None:
    assert [await asked(port), await asked(port, "ready")] == [(0, ""), (0, "")]


async def test_one_that_is_not_ready_lives(port: int, trouble: Trouble) -> None:
    trouble.down = True
    assert await asked(port) == (0, "")
    status, told = await asked(port, "ready")
    assert (status, told) == (1, f"/readyz on port {port}: status 503\n")


async def test_nobody_there_fails(unused_tcp_port: int) -> None:
    status, told = await asked(unused_tcp_port)
    assert (status, "Connection refused" in told) == (1, True)
