"""Random logs on real Postgres: filled in any transactions, the rows are those of live folding in any batches."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from uuid import uuid4

import pytest
from aik_events.envelope import Partition, Record
from aik_events.event import Event
from aik_events.log import Batch
from aik_events.log.memory import MemoryLog
from aik_gateway.readmodel.models import TABLES
from aik_gateway.readmodel.projector import inbox_of
from aik_gateway.rebuild.filling import fill
from aik_service.database import Database, table_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tests.pipeline.gateway_histories import HERE, histories, records

EXAMPLES = int(os.environ.get("AIK_EXAMPLES", "25"))
Sizes = Sequence[int]


@dataclass(frozen=True)
class Transactions:
    """How a log is filled: the sizes of the batches that are read, the records a transaction, the states kept."""

    sizes: Sizes
    at_least: int
    states: int


SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=5)
TRANSACTIONS = st.builds(Transactions, SIZES, at_least=st.integers(1, 30), states=st.integers(0, 3))


@dataclass(frozen=True)
class Schemas:
    """Two schemas, one folded live and one filled; `runner` runs what is asynchronous."""

    runner: asyncio.Runner
    live: Database
    filled: Database

    def folded(self, told: Sequence[Record], sizes: Sizes) -> Sequence[str]:
        return self.runner.run(self._folded(told, sizes))

    def rebuilt(self, told: Sequence[Record], by: Transactions) -> Sequence[str]:
        return self.runner.run(self._rebuilt(told, by))

    async def _folded(self, told: Sequence[Record], sizes: Sizes) -> Sequence[str]:
        inbox = inbox_of(MemoryLog(), self.live)
        await emptied(self.live)
        await inbox.prepare()
        async for batch in batches(told, sizes):
            await inbox.take(NeverBack(), batch)
        return await rows(self.live)

    async def _rebuilt(self, told: Sequence[Record], by: Transactions) -> Sequence[str]:
        await emptied(self.filled)
        await inbox_of(MemoryLog(), self.filled).prepare()
        await fill(self.filled, batches(told, by.sizes), at_least=by.at_least, states=by.states)
        return await rows(self.filled)


class NeverBack:
    """Nobody else has the partition."""

    def __aiter__(self) -> AsyncIterator[Batch]:
        raise NotImplementedError

    def seek(self, partition: Partition, offset: int) -> None:
        raise AssertionError(f"back to {offset}")


async def batches(told: Sequence[Record], sizes: Sizes) -> AsyncIterator[Batch]:
    at, turns = 0, cycle(sizes)
    while at < len(told):
        some = told[at : at + next(turns)]
        yield Batch(HERE, at, at + len(some), some)
        at += len(some)


async def emptied(database: Database) -> None:
    async with database.begin() as connection:
        for table in map(table_of, TABLES):
            await connection.execute(delete(table))


async def rows(database: Database) -> Sequence[str]:
    """Of every table, the states and positions too."""
    async with database.begin() as connection:
        found = [
            f"{table.name}: {row}"
            for table in map(table_of, TABLES)
            if table.name != "log_identity"  # of each log in memory another one
            for row in await connection.execute(select(table))
        ]
    return sorted(found)


@contextmanager
def made_schemas(postgres: str) -> Iterator[Schemas]:
    with asyncio.Runner() as runner:
        name = f"test_{uuid4().hex[:12]}"
        made = Schemas(runner, Database(postgres, f"{name}_live"), Database(postgres, f"{name}_filled"))
        for database in (made.live, made.filled):
            runner.run(database.create(TABLES))
        try:
            yield made
        finally:
            for database in (made.live, made.filled):
                runner.run(database.drop())
                runner.run(database.close())


@pytest.fixture(scope="module")
def schemas(postgres: str) -> Iterator[Schemas]:
    with made_schemas(postgres) as made:
        yield made


def test_a_replay_gives_the_same_rows_each_time_and_those_of_live_folding_in_any_batches(schemas: Schemas) -> None:
    @given(events=histories(), sizes=SIZES, one=TRANSACTIONS, two=TRANSACTIONS)
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def holds(events: list[Event], sizes: Sizes, one: Transactions, two: Transactions) -> None:
        told = records(events)
        assert schemas.rebuilt(told, one) == schemas.rebuilt(told, two) == schemas.folded(told, sizes)

    holds()
