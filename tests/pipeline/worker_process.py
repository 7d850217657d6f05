"""A worker with several jobs at a time as a process of its own, to be killed: `SCHEMA POSTGRES JOBS`, songs on stdin.

It has the stack's Postgres, and a log and an object store of its own: what it tells is lost with it.
"""

import asyncio
import json
import sys
from collections.abc import Mapping

from aik_service.database import Database

from tests.pipeline.stack import Stack, source_of


async def work(schema: str, postgres: str, jobs: int, songs: Mapping[str, str]) -> None:
    stack = Stack(Database(postgres, schema))
    for track, text in songs.items():
        await stack.objects.put(source_of(track), text.encode(), "text/plain")
    async with stack.working("killed", jobs=jobs):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.stdin.readline())))
