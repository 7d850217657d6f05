"""An api process that really serves, and listeners of its streams."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from aik_gateway.api.app import create_app
from aik_gateway.api.wiring import Gateway
from aik_gateway.readmodel.queries import ReadModel
from aik_gateway.serving import serve

from tests.pipeline.gateway_stack import GatewayStack, in_background


@dataclass(frozen=True)
class Message:
    """Of one server-sent event: its name, its id (None: none), and the job."""

    event: str
    id: str | None
    job: dict[str, Any]


@dataclass(frozen=True)
class Served:
    """One api process of the stack, behind a port."""

    gateway: Gateway
    client: httpx.AsyncClient

    @asynccontextmanager
    async def listening(self, job_id: str, last: str | None = None) -> AsyncIterator["Listener"]:
        headers = {"Accept": "text/event-stream", **({} if last is None else {"Last-Event-ID": last})}
        async with self.client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
            yield Listener(answer, answer.aiter_lines())

    async def until_nobody_listens(self) -> None:
        async with asyncio.timeout(10):
            while self.gateway.feeds.listeners:
                await asyncio.sleep(0.01)


@dataclass
class Listener:
    answer: httpx.Response
    lines: AsyncIterator[str]

    async def block(self) -> list[str]:
        """The lines of the next event or comment. Raises EOFError at the stream's end."""
        block: list[str] = []
        async with asyncio.timeout(20):
            async for line in self.lines:
                if not line:
                    return block
                block.append(line)
        raise EOFError

    async def next(self) -> Message:
        while True:
            fields = dict(line.split(": ", 1) for line in await self.block())
            if "data" in fields:
                return Message(fields["event"], fields.get("id"), json.loads(fields["data"]))

    async def rest(self) -> list[Message]:
        """All that comes until the stream ends."""
        messages = []
        while True:
            try:
                messages.append(await self.next())
            except EOFError:
                return messages


@asynccontextmanager
async def served(
    stack: GatewayStack, client_id: str = "cli", read_model: ReadModel | None = None
) -> AsyncIterator[Served]:
    port = _free_port()
    async with stack.parts(read_model) as gateway:
        config = uvicorn.Config(create_app(gateway, {}), port=port, log_config=None, lifespan="off")
        url, headers = f"http://127.0.0.1:{port}", {"X-Client-Id": client_id}
        async with (
            in_background(serve(config)),
            httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=30) as client,
        ):
            await _until_it_answers(client)
            yield Served(gateway, client)


async def _until_it_answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                await client.get("/healthz")
                return
            except httpx.ConnectError:
                await asyncio.sleep(0.01)


def _free_port() -> int:
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])
