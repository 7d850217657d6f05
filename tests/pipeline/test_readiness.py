"""/readyz in front of servers that accept and stay silent, asked by the real clients."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from aik_events.log.kafka import KafkaLog
from aik_service.database import Database
from aik_service.health import CHECK_S, Check, routes
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings
from pydantic import SecretStr
from starlette.applications import Starlette

SILENCE = f"no answer within {CHECK_S} s"


@asynccontextmanager
async def silent() -> AsyncIterator[int]:
    """The port of a server that reads what it is sent and never says a word."""
    released = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        released.set()
        server.close()


def kafka(port: int) -> Check:
    return KafkaLog(f"127.0.0.1:{port}", client_id="test").identity


def postgres_(port: int) -> Check:
    return Database(f"postgresql://aik:secret@127.0.0.1:{port}/aik", "none").check


def s3_(port: int) -> Check:
    settings = ObjectSettings(
        s3_endpoint=f"http://127.0.0.1:{port}", s3_access_key="key", s3_secret_key=SecretStr("secret")
    )
    return S3Objects(settings).check


CLIENTS: dict[str, Callable[[int], Check]] = {"kafka": kafka, "postgres": postgres_, "s3": s3_}


async def readyz(**checks: Check) -> tuple[int, dict[str, str], float]:
    transport = httpx.ASGITransport(Starlette(routes=routes(checks)))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        began = time.monotonic()
        answer = await client.get("/readyz")
        return answer.status_code, answer.json()["checks"], time.monotonic() - began


async def fine() -> None:
    return


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_server_that_stays_silent_is_named_in_time(name: str) -> None:
    async with silent() as port:
        status, found, took_s = await readyz(**{name: CLIENTS[name](port), "other": fine})
    assert (status, found["other"]) == (503, "ok")
    # S3's client itself gives up a little earlier.
    assert found[name] in (SILENCE, "down")
    assert took_s < CHECK_S + 0.5


async def test_three_silent_servers_take_no_longer_than_one() -> None:
    async with AsyncExitStack() as stack:
        checks = {name: client(await stack.enter_async_context(silent())) for name, client in CLIENTS.items()}
        status, found, took_s = await readyz(**checks)
    assert (status, set(found)) == (503, set(CLIENTS))
    assert took_s < CHECK_S + 0.5


async def test_an_answer_names_no_address_and_no_user() -> None:
    """Nobody listens there: each client says so, with everything that it knows."""
    status, found, _ = await readyz(**{name: client(1) for name, client in CLIENTS.items()})
    assert (status, found) == (503, dict.fromkeys(CLIENTS, "down"))
