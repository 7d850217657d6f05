"""Serving HTTP beside other parts of a process: requests in flight are answered before it ends."""

import asyncio

import uvicorn
from aik_service.health import QuietServer

DRAIN_S = 8.0
"""Longer than a command waits for its verdict (AIK_VERDICT_WAIT_S), so that it gets its answer."""


async def serve(config: uvicorn.Config) -> None:
    server = QuietServer(config)
    serving = asyncio.ensure_future(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await asyncio.wait([serving], timeout=DRAIN_S)
        raise
