"""Who fills: this process, or several that share the partitions out."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Protocol

from aik_events.envelope import Partition
from aik_events.log.connection import Servers
from aik_events.log.spans import Spans, Wanted, kafka_spans
from aik_service.database import Database

from aik_gateway.readmodel.model import Model
from aik_gateway.readmodel.models import MODELS
from aik_gateway.rebuild.filling import fill
from aik_gateway.rebuild.refused import Refused

MANY = 20_000
"""A process of its own is worth its start when there are so many records."""


class WorkerDied(Refused):
    """A process that folds was killed, maybe for want of memory: begin again with fewer --processes; all is kept."""

    code = "worker-died"


class Filler(Protocol):
    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        """Folds these records of the log into that schema; of these aggregates alone, or of all."""


@dataclass(frozen=True)
class OneProcess:
    spans: Spans
    postgres: str
    opens: Callable[[str, str], Database] = Database
    models: Sequence[Model] = MODELS

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        """One partition after the other, so that the states of no more than one are in memory."""
        database = self.opens(self.postgres, schema)
        keys = None if chosen is None else frozenset(id.encode() for id in chosen)
        try:
            for partition, span in wanted.items():
                if span:
                    await fill(database, self.spans.read({partition: span}), keys, self.models)
        finally:
            await database.close()


@dataclass(frozen=True)
class Processes:
    """`count` processes when there are `many` records to fold, and this one alone when there are fewer."""

    kafka: Servers
    postgres: str
    count: int
    little: OneProcess
    many: int = MANY

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        if self.count < 2 or sum(map(len, wanted.values())) < self.many:
            return await self.little.fill(schema, wanted, chosen)
        largest_first = sorted(wanted.items(), key=lambda one: -len(one[1]))
        with ProcessPoolExecutor(self.count, get_context("spawn"), initializer=_end_with_parent) as pool:
            loop = asyncio.get_running_loop()
            parts = [
                loop.run_in_executor(pool, _fill, self.kafka, self.postgres, schema, {partition: span}, chosen)
                for partition, span in largest_first
                if span
            ]
            try:
                await asyncio.wait(parts, return_when=asyncio.FIRST_EXCEPTION)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
            await all_ended(parts)


async def all_ended(parts: Sequence[asyncio.Future[None]]) -> None:
    """When this returns, or raises what the first one failed with, none of them writes any more."""
    ended = await asyncio.gather(*parts, return_exceptions=True)
    for error in ended:
        if isinstance(error, BrokenProcessPool):
            raise WorkerDied from error
        if isinstance(error, Exception):
            raise error


def _fill(kafka: Servers, postgres: str, schema: str, wanted: Wanted, chosen: Sequence[str] | None) -> None:
    """In a process of its own."""

    async def work() -> None:
        async with kafka_spans(kafka, client_id="aik-gateway-rebuild") as spans:
            await OneProcess(spans, postgres).fill(schema, wanted, chosen)

    asyncio.run(work())


def _end_with_parent() -> None:
    """A process of a pool whose parent was killed would write on beside the next rebuild, and then wait for ever."""

    def wait() -> None:
        if parent := parent_process():
            parent.join()
            os._exit(1)

    Thread(target=wait, daemon=True).start()


def gap(positions: Mapping[Partition, int], goal: Mapping[Partition, int]) -> Wanted:
    """What a schema at these positions lacks."""
    spans = {partition: range(positions.get(partition, 0), end) for partition, end in goal.items()}
    return {partition: span for partition, span in spans.items() if span}
