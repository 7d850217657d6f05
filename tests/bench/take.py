"""How long it takes a worker to take the next task, when few and when many wait."""

import argparse
import asyncio
import time
from statistics import median

from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_local.testing import Servers, temporary_folder
from aik_service.database import Database, table_of
from aik_service.inbox_tables import INBOX_TABLES, Folded
from aik_service.task_queue import TaskQueue
from aik_service.tasks import TASK, TASK_TABLES
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, text

CHUNK = 5_000
CLIENTS = 100
TAKES = 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, nargs=2, default=(1_000, 100_000), help="few and many tasks")
    arguments = parser.parse_args()
    with temporary_folder() as folder:
        servers = Servers(folder)
        servers.start()
        try:
            url = servers.environment["AIK_POSTGRES"]
            few, many = arguments.waiting
            few_s, many_s = asyncio.run(_taken_s(url, few)), asyncio.run(_taken_s(url, many))
        finally:
            servers.stop()
    _show(few, many, few_s, many_s)


async def _taken_s(postgres: str, waiting: int) -> list[float]:
    """Seconds of each of 50 takes, one after the other; the first one, which connects, is left out."""
    database = Database(postgres, f"bench_take_{waiting}")
    await database.create([*INBOX_TABLES, *TASK_TABLES])
    try:
        await _fill(database, waiting)
        queue, took = TaskQueue(database, worker="bench", ttl_s=60), []
        for _ in range(TAKES + 1):
            began = time.perf_counter()
            assert await queue.take() is not None
            took.append(time.perf_counter() - began)
        return took[1:]
    finally:
        await database.drop()
        await database.close()


async def _fill(database: Database, waiting: int) -> None:
    """Tasks of 100 clients; all are about one track, whose state is all that a take reads of it."""
    author = Author()
    author.imported()
    state = {"topic": TRACKS, "key": author.track, "state": author.state.model_dump(mode="json")}
    rows = [
        {"job_id": f"job_{n}", "run": 0, "step": "separate", "track_id": author.track}
        | {"client_id": f"client-{n % CLIENTS}", "priority": 0, "attempt": 0, "failures": 0, "losses": 0}
        | {"parked": False}
        for n in range(waiting)
    ]
    async with database.begin() as connection:
        await connection.execute(insert(table_of(Folded)).values(state))
        for start in range(0, waiting, CHUNK):
            await connection.execute(insert(TASK), rows[start : start + CHUNK])
        await connection.execute(text("ANALYZE task"))


def _show(few: int, many: int, few_s: list[float], many_s: list[float]) -> None:
    table = Table(
        title=f"One take from the queue, {CLIENTS} clients, {TAKES} takes",
        caption=f"{many:,} / {few:,} waiting = {median(many_s) / median(few_s):.1f} times the time",
    )
    for column in ("waiting", "median", "max"):
        table.add_column(column, justify="right")
    for waiting, took in ((few, few_s), (many, many_s)):
        table.add_row(f"{waiting:,}", f"{median(took) * 1000:.1f} ms", f"{max(took) * 1000:.1f} ms")
    Console().print(table)


if __name__ == "__main__":
    main()
