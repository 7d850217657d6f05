"""How fast a rebuild folds the log into Postgres, against pyeventsourcing's projection and a bare COPY of the rows."""

import argparse
import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import active_children

import psutil
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.log.spans import kafka_spans
from aik_events.topics import TRACKS
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.projector import FOLDS, inbox_of
from aik_gateway.rebuild.workers import OneProcess, Processes
from aik_local.testing import Servers, temporary_folder
from aik_service.database import Database, table_of
from rich.console import Console
from rich.table import Table

from tests.bench.eventsourced import projected_s
from tests.bench.long_stories import EVENTS, events, write

BUILT, COPIED, BASELINE = "bench_rebuild", "bench_copied", "bench_eventsourcing"


@dataclass(frozen=True)
class Measured:
    """Seconds: of the rebuild, of a bare COPY of its rows, of computing in its processes, and in Postgres."""

    records: int
    rows: int
    rebuild_s: float
    copy_s: float
    ours_s: float
    postgres_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=[20_000, 200_000], help="rising sizes of the log")
    parser.add_argument("--baseline", type=int, default=20_000, help="so many of the same events for pyeventsourcing")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    with temporary_folder() as folder:
        servers = Servers(folder)
        servers.start()
        try:
            measured = asyncio.run(_measured(servers.environment, arguments.records, arguments.processes))
            baseline_s = asyncio.run(_baseline(servers.environment["AIK_POSTGRES"], arguments.baseline))
        finally:
            servers.stop()
    _show(measured, arguments.baseline / baseline_s, arguments.processes)


async def _measured(environment: Mapping[str, str], sizes: Sequence[int], processes: int) -> Sequence[Measured]:
    kafka, postgres = environment["AIK_KAFKA"], environment["AIK_POSTGRES"]
    await create_topics(kafka, replication=1)
    measured, written = [], 0
    for size in sizes:
        await write(kafka, size - written)
        written = size
        measured.append(await _once(kafka, postgres, size, processes))
    return measured


async def _once(kafka: str, postgres: str, size: int, processes: int) -> Measured:
    log, built = KafkaLog(kafka, client_id="bench"), Database(postgres, BUILT)
    await built.drop()
    await built.create(TABLES)
    await inbox_of(log, built).prepare()
    ends = await log.ends([fold.topic for fold in FOLDS])
    wanted = {partition: range(end) for partition, end in ends.items() if end}
    assert sum(end for partition, end in ends.items() if partition.topic == TRACKS) == size
    before = _computed_s()
    began = time.perf_counter()
    async with kafka_spans(kafka, client_id="bench") as spans:
        await Processes(kafka, postgres, processes, OneProcess(spans, postgres)).fill(BUILT, wanted)
    rebuild_s = time.perf_counter() - began
    while active_children():  # Which a process counts as its own time only when they have ended.
        await asyncio.sleep(0.05)
    ours_s, postgres_s = (after - then for after, then in zip(_computed_s(), before, strict=True))
    rows, copy_s = await _copied(postgres)
    await log.close()
    await built.close()
    return Measured(size, rows, rebuild_s, copy_s, ours_s, postgres_s)


async def _copied(postgres: str) -> tuple[int, float]:
    """The rows that were made, and the seconds of a bare COPY of them into empty tables with the same indexes."""
    target = Database(postgres, COPIED)
    await target.drop()
    await target.create(TABLES)
    rows, seconds = 0, 0.0
    async with await target.connected() as connection:
        for table in map(table_of, TABLES):
            chunks: list[bytes] = []
            async with connection.cursor() as cursor:
                async with cursor.copy(f"COPY {BUILT}.{table.name} TO STDOUT") as copy:
                    async for chunk in copy:
                        chunks.append(bytes(chunk))
                rows += cursor.rowcount
                began = time.perf_counter()
                async with cursor.copy(f"COPY {COPIED}.{table.name} FROM STDIN") as copy:
                    for chunk in chunks:
                        await copy.write(chunk)
                seconds += time.perf_counter() - began
    await target.drop()
    await target.close()
    return rows, seconds


async def _baseline(postgres: str, records: int) -> float:
    database = Database(postgres, BASELINE)
    await database.create(TABLES)
    await database.close()
    return await asyncio.to_thread(projected_s, postgres, BASELINE, list(events(records)))


def _computed_s() -> tuple[float, float]:
    """Of this process and its children that have ended, and of Postgres."""
    times = psutil.Process().cpu_times()
    ours = times.user + times.system + times.children_user + times.children_system
    postgres = 0.0
    for process in psutil.Process().children(recursive=True):
        try:
            if process.name() == "postgres":
                used = process.cpu_times()
                postgres += used.user + used.system + used.children_user + used.children_system
        except psutil.NoSuchProcess:
            continue
    return ours, postgres


def _show(measured: Sequence[Measured], baseline: float, processes: int) -> None:
    table = Table(title=f"A rebuild by {processes} processes, {EVENTS} events a track")
    columns = ("events", "rows", "s", "events/s", "of pyeventsourcing's", "COPY alone, s", "of COPY's time")
    for column in (*columns, "folding, cores", "Postgres, cores"):
        table.add_column(column, justify="right")
    for one in measured:
        rate = one.records / one.rebuild_s
        table.add_row(
            *(f"{one.records:,}", f"{one.rows:,}", f"{one.rebuild_s:.1f}", f"{rate:,.0f}", f"{rate / baseline:.1f} x"),
            *(f"{one.copy_s:.1f}", f"{one.rebuild_s / one.copy_s:.1f} x"),
            *(f"{one.ours_s / one.rebuild_s:.2f}", f"{one.postgres_s / one.rebuild_s:.2f}"),
        )
    console = Console(width=150)
    console.print(table)
    console.print(f"pyeventsourcing's runner: {baseline:,.0f} events/s into the same tables, one transaction an event")


if __name__ == "__main__":
    main()
