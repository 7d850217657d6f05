"""Real processes of a rebuild are killed with SIGKILL, on real Kafka and Postgres, each while it waits for the test."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.log.spans import Wanted, kafka_spans
from aik_events.testing.author import Author
from aik_gateway.private.migrate import migrate
from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.readmodel.generations import BUILDING, PREVIOUS, SERVED, served_database
from aik_gateway.rebuild.levelling import positions_of
from aik_gateway.rebuild.workers import OneProcess, Processes, WorkerDied, gap
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from tests.pipeline.gateway_rebuilds import states, until_somebody_waits_for
from tests.pipeline.gateway_stack import NOWHERE, GatewayStack, made_gateway

PATIENCE_S = 300


@asynccontextmanager
async def kafka_gateway(postgres: str, kafka: str) -> AsyncIterator[GatewayStack]:
    await create_topics(kafka, replication=1)
    log = KafkaLog(kafka, client_id=f"test-{uuid4().hex}")
    try:
        async with made_gateway(postgres, log, MemoryObjects()) as made:
            await made.begin_at_the_end()
            yield made
    finally:
        await log.close()


@pytest.fixture
async def gateway(postgres: str, kafka: str) -> AsyncIterator[GatewayStack]:
    async with kafka_gateway(postgres, kafka) as made:
        yield made


@dataclass
class Filling:
    """A schema beside what serves, which lacks a few tracks' records in several partitions."""

    gateway: GatewayStack
    kafka: str
    schema: str
    database: Database

    async def wanted(self) -> Wanted:
        return gap(await positions_of(self.database), await positions_of(self.gateway.database))

    async def rows(self) -> Sequence[str]:
        async with self.database.begin() as connection:
            found = await connection.execute(text("SELECT t::text FROM track t ORDER BY id"))
            return list(found.scalars())


@pytest.fixture
async def filling(gateway: GatewayStack, kafka: str) -> AsyncIterator[Filling]:
    new = await gateway.generations.begin()
    async with gateway.rebuilding().opened(new) as database:
        async with database.begin() as connection:
            same = f"UPDATE log_position n SET next = o.next FROM {gateway.generations.family}.log_position o"  # noqa: S608 (ours)
            await connection.execute(text(f"{same} WHERE (o.topic, o.partition) = (n.topic, n.partition)"))
        made = Filling(gateway, kafka, new.name, database)
        async with gateway.projecting():
            while len(await made.wanted()) < 3:
                author = Author(f"trk_{uuid4().hex}")
                for event in (author.imported(lyrics=True), author.edited()):
                    await gateway.log.append(event)
                await gateway.until_folded()
        yield made


def fill_in_two_processes(kafka: str, postgres: str, schema: str, wanted: Wanted) -> None:
    asyncio.run(filled(kafka, postgres, schema, wanted, 2))


async def filled(kafka: str, postgres: str, schema: str, wanted: Wanted, processes: int) -> None:
    async with kafka_spans(kafka, client_id="test") as spans:
        await Processes(kafka, postgres, processes, OneProcess(spans, postgres), many=1).fill(schema, wanted)


@asynccontextmanager
async def one_partition_in_use(filling: Filling) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Whoever fills it waits; the others can be filled."""
    busy = next(iter(await filling.wanted()))
    async with filling.database.begin() as holding:
        mine = "SELECT FROM log_position WHERE topic = :topic AND partition = :number FOR UPDATE"
        await holding.execute(text(mine), {"topic": busy.topic, "number": busy.number})

        async def until_all_others_are_filled() -> None:
            async with asyncio.timeout(PATIENCE_S):
                await until_somebody_waits_for(holding, filling.gateway)
                while set(await filling.wanted()) != {busy}:
                    await asyncio.sleep(0.01)

        yield until_all_others_are_filled


async def test_a_killed_worker_is_told_and_what_was_filled_is_kept(filling: Filling) -> None:
    gateway = filling.gateway
    async with one_partition_in_use(filling) as until_all_others_are_filled:
        work = asyncio.ensure_future(
            filled(filling.kafka, gateway.postgres, filling.schema, await filling.wanted(), processes=2)
        )
        await until_all_others_are_filled()
        active_children()[0].kill()
        with pytest.raises(WorkerDied):
            await work
        assert len(await filling.wanted()) == 1
    await finishes(filling)


async def test_when_a_rebuild_is_killed_its_workers_end_and_the_next_one_is_alone(filling: Filling) -> None:
    gateway = filling.gateway
    async with one_partition_in_use(filling) as until_all_others_are_filled:
        about = (filling.kafka, gateway.postgres, filling.schema, await filling.wanted())
        killed = get_context("spawn").Process(target=fill_in_two_processes, args=about)
        killed.start()
        try:
            await until_all_others_are_filled()
            workers = psutil.Process(killed.pid).children(recursive=True)
            assert len(workers) >= 2
        finally:
            killed.kill()
        _, left = await asyncio.to_thread(psutil.wait_procs, workers, timeout=30)
        for process in left:
            process.kill()
        assert left == []
    await finishes(filling)


async def finishes(filling: Filling) -> None:
    """The next filling: the rows are those of what serves."""
    await filled(filling.kafka, filling.gateway.postgres, filling.schema, await filling.wanted(), processes=1)
    assert await filling.wanted() == {}
    async with filling.gateway.database.begin() as connection:
        served = await connection.execute(text("SELECT t::text FROM track t ORDER BY id"))
        assert await filling.rows() == list(served.scalars()) != []


@pytest.fixture
def own_database(postgres: str) -> Iterator[str]:
    """The command's schemas have fixed names."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@asynccontextmanager
async def command(postgres: str, kafka: str) -> AsyncIterator[Process]:
    line = [str(Path(sys.executable).with_name("aik-gateway")), "rebuild", "--json"]
    environment = {**os.environ, "AIK_POSTGRES": postgres, "AIK_KAFKA": kafka, "AIK_LOG_LEVEL": "ERROR"}
    process = await asyncio.create_subprocess_exec(*line, env=environment, stdout=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_command_is_killed_while_it_fills_and_while_it_levels_and_the_next_one_finishes(
    own_database: str, kafka: str
) -> None:
    await create_topics(kafka, replication=1)
    await asyncio.to_thread(migrate, own_database)
    log, private = KafkaLog(kafka, client_id=f"test-{uuid4().hex}"), Database(own_database, PRIVATE)
    gateway = GatewayStack(log, MemoryObjects(), NOWHERE, served_database(own_database, PRIVATE), private, own_database)
    await gateway.rebuilding().prepare()
    author = Author(f"trk_{uuid4().hex}")
    for event in (author.imported(lyrics=True), *author.published(), author.edited()):
        await log.append(event)
    async with gateway.projecting():
        await gateway.until_folded()
    before, family = await gateway.rows(), gateway.generations.family
    new = await gateway.generations.begin()
    async with gateway.rebuilding().opened(new):
        pass
    for held in (f"{new.name}.log_position", f"{family}.log_position"):
        async with gateway.database.begin() as holding, asyncio.timeout(PATIENCE_S):
            await holding.execute(text(f"SELECT FROM {held} FOR UPDATE"))
            async with command(own_database, kafka) as process:
                await until_somebody_waits_for(holding, gateway)
                process.kill()
        assert await gateway.rows() == before
        assert await states(gateway) == [("", SERVED), ("_g2", BUILDING)]
    async with command(own_database, kafka) as process:
        await process.communicate()
    assert process.returncode == 0
    # Of this track alone: tests before this one tell the same log of jobs whose ids are not theirs alone.
    mine = [row for row in await gateway.rows() if author.track in row]
    assert mine == [row for row in before if author.track in row] != []
    assert await states(gateway) == [("", PREVIOUS), ("_g2", SERVED)]
    await log.close()
    for each in (private, gateway.database):
        await each.close()
