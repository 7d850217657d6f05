"""The baseline of a read: a bare FastAPI route that reads one row through the same driver, in a process of its own."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context

import uvicorn
from aik_gateway.readmodel.models.tracks import TrackRow
from aik_gateway.readmodel.version import SCHEMA
from aik_service.database import Database
from fastapi import FastAPI
from sqlmodel.ext.asyncio.session import AsyncSession


@contextmanager
def bare_route(postgres: str) -> Iterator[str]:
    """Its address: `/<track id>` answers with the track's row."""
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:  # asyncio looks at it: else answers wait for more
        listening.bind(("127.0.0.1", 0))
        listening.listen(100)
        process = get_context("fork").Process(target=_serve, args=(postgres, listening), daemon=True)
        process.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            process.terminate()
            process.join()


def _serve(postgres: str, listening: socket.socket) -> None:
    database, app = Database(postgres, SCHEMA, pool_size=10), FastAPI()

    @app.get("/{track_id}")
    async def one(track_id: str) -> TrackRow | None:
        async with database.begin() as connection, AsyncSession(connection) as session:
            return await session.get(TrackRow, track_id)

    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
    asyncio.run(uvicorn.Server(config).serve([listening]))
