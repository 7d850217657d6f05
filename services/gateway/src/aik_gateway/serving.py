"""Serving HTTP beside other parts of a process: requests in flight are answered before it ends."""

import asyncio

import uvicorn
from aik_service.health import QuietServer

DRAIN_S = 5.0


async def serve(config: uvicorn.Config) -> None:
    server = QuietServer(config)
    serving = asyncio.ensure_future(server.serve())
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        server.should_exit = True
        await asyncio.wait([serving], timeout=DRAIN_S)
        raise
