"""Serving beside the other parts of a process."""

import asyncio
import os
import signal
import socket
from contextlib import closing

import httpx
import uvicorn
from aik_gateway.serving import serve
from aik_service.process import run_together
from starlette.types import Receive, Scope, Send


async def test_a_request_in_flight_is_answered_after_sigterm() -> None:
    begun, answer = asyncio.Event(), asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    port = free_port()
    config = uvicorn.Config(application, host="127.0.0.1", port=port, log_config=None, lifespan="off")
    process = asyncio.create_task(run_together({"api": lambda: serve(config)}))
    async with asyncio.timeout(10), httpx.AsyncClient(trust_env=False) as client:
        while not await listens(port):
            await asyncio.sleep(0.01)
        request = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/"))
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        while await listens(port):
            await asyncio.sleep(0.01)
        answer.set()
        assert (await request).status_code == 200
        await process


def free_port() -> int:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True
