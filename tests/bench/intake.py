"""How fast a step service takes in its backlog, against bare loops over the same topic, and what memory that takes."""

import argparse
import asyncio
import os
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import psutil
from aik_events.envelope import Partition, decode
from aik_events.log.admin import create_topics
from aik_events.log.kafka import BATCH, record_of
from aik_events.topics import TRACKS
from aik_events.track import STATE_VERSION
from aik_local.testing import Servers, temporary_folder
from aik_service.database import Database, table_of
from aik_service.folding import TRACK_FOLD, fold_all
from aik_service.inbox_tables import INBOX_TABLES, LogPosition
from aiokafka import AIOKafkaConsumer
from aiokafka.structs import ConsumerRecord
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import ProgrammingError

from tests.bench.stories import write

POSITION = table_of(LogPosition)
SERVICE, SCHEMA = "separator", f"separator_v{STATE_VERSION}"
POLL_S = 0.02
WITHIN_S = 1800.0
MB = 1 << 20

Take = Callable[[Partition, Sequence[ConsumerRecord]], Awaitable[None]]
"""What a loop does with one batch of one partition."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs=2, default=(20_000, 100_000), help="small and large backlog")
    arguments = parser.parse_args()
    with temporary_folder() as folder:
        servers = Servers(folder)
        servers.start()
        try:
            asyncio.run(_measured(servers.environment, *arguments.records))
        finally:
            servers.stop()


async def _measured(servers: Mapping[str, str], small: int, large: int) -> None:
    kafka = servers["AIK_KAFKA"]
    await create_topics(kafka, replication=1)
    await write(kafka, small)
    _, small_mb = await _service(servers, small)
    await write(kafka, large - small)
    loops = await _loops(servers, large)
    seconds, large_mb = await _service(servers, large)
    _show(large, {**loops, f"the {SERVICE}'s inbox": seconds})
    Console().print(
        f"Peak memory of the process: {small_mb:.0f} MB with {small:,} records waiting, "
        f"{large_mb:.0f} MB with {large:,}: {large_mb / small_mb:.2f} times as much"
    )


async def _loops(servers: Mapping[str, str], records: int) -> dict[str, float]:
    """Each adds one thing to the loop before it."""
    database = Database(servers["AIK_POSTGRES"], "bench")
    await database.create(INBOX_TABLES)
    async with database.begin() as connection:
        rows = [{"topic": TRACKS, "partition": number, "next": 0, "barrier": 0} for number in range(100)]
        await connection.execute(insert(POSITION).values(rows))
    states: dict[str, object] = {}

    async def nothing(partition: Partition, batch: Sequence[ConsumerRecord]) -> None:
        pass

    async def commit(partition: Partition, batch: Sequence[ConsumerRecord]) -> None:
        row = update(POSITION).where(POSITION.c.topic == TRACKS, POSITION.c.partition == partition.number)
        async with database.begin() as connection:
            await connection.execute(row.values(next=batch[-1].offset + 1))

    async def decoded(partition: Partition, batch: Sequence[ConsumerRecord]) -> None:
        for record in batch:
            decode(record_of(partition, record))
        await commit(partition, batch)

    async def folded(partition: Partition, batch: Sequence[ConsumerRecord]) -> None:
        events = [(record.offset, decode(record_of(partition, record))) for record in batch]
        states.update(fold_all(TRACK_FOLD, states, partition, events)[1])
        await commit(partition, batch)

    loops = {"bare loop": nothing, "+ a commit a batch": commit, "+ decoding": decoded, "+ folding in memory": folded}
    try:
        return {name: await _loop(servers["AIK_KAFKA"], records, take) for name, take in loops.items()}
    finally:
        await database.drop()
        await database.close()


async def _loop(kafka: str, records: int, take: Take) -> float:
    """Seconds from the first batch to the last."""
    consumer = AIOKafkaConsumer(TRACKS, bootstrap_servers=kafka, auto_offset_reset="earliest", max_poll_records=BATCH)
    await consumer.start()
    try:
        left, began = records, 0.0
        while left:
            found = await consumer.getmany(timeout_ms=200)
            began = began or time.perf_counter()
            for tp, batch in found.items():
                await take(Partition(tp.topic, tp.partition), batch)
                left -= len(batch)
        return time.perf_counter() - began
    finally:
        await consumer.stop()


async def _service(servers: Mapping[str, str], records: int) -> tuple[float, float]:
    """A step service's own process on an empty schema: seconds from its first commit to its last, and peak memory."""
    database = Database(servers["AIK_POSTGRES"], SCHEMA)
    await database.drop()
    try:
        async with _started(servers) as process:
            family, peak, deadline = psutil.Process(process.pid), 0, time.perf_counter() + WITHIN_S
            began, at_first, taken = 0.0, 0, 0
            while taken < records:
                assert process.returncode is None, "the service has ended"
                assert time.perf_counter() < deadline, "the service does not get on"
                await asyncio.sleep(POLL_S)
                taken, peak = await _taken(database), max(peak, family.memory_info().rss)
                if taken and not began:
                    began, at_first = time.perf_counter(), taken
            seconds = time.perf_counter() - began
            return seconds * records / max(1, records - at_first), peak / MB
    finally:
        await database.close()


async def _taken(database: Database) -> int:
    """How many records are behind its positions; 0 before it has made its tables."""
    try:
        async with database.begin() as connection:
            return int((await connection.execute(select(func.sum(POSITION.c.next)))).scalar_one() or 0)
    except ProgrammingError:
        return 0


@asynccontextmanager
async def _started(servers: Mapping[str, str]) -> AsyncIterator[Process]:
    """Ended when it is not needed any more. Nobody asks for its port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aik_local.process", SERVICE),
        env={**os.environ, **servers, "AIK_HTTP_HOST": "127.0.0.1", "AIK_HTTP_PORT": "0"},
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


def _show(records: int, loops: dict[str, float]) -> None:
    table = Table(title=f"Taking in {records:,} records that wait in Kafka", caption="each loop adds to the one above")
    bare_s = next(iter(loops.values()))
    for column in ("", "records/s", "of the bare loop", "µs a record"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds in loops.items():
        rate = records / seconds
        table.add_row(name, f"{rate:,.0f}", f"{bare_s / seconds:.3f}", f"{seconds / records * 1e6:.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
