"""What the tests of rebuilds share: a history, rebuilds that count, fail, or are of another release."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aik_events.log.spans import Wanted
from aik_events.testing.author import Author
from aik_events.testing.examples import examples
from aik_events.topics import WEBHOOKS
from aik_gateway.readmodel.generations import Generations, served_database
from aik_gateway.readmodel.version import PROJECTION_VERSION
from aik_gateway.rebuild.rebuilding import Rebuilding
from aik_gateway.rebuild.workers import Filler
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.pipeline.gateway_stack import GatewayStack


async def write_history(gateway: GatewayStack) -> int:
    """Ten tracks with edits, rejections, repeats, failures, retries and webhooks; gives the number of records."""
    facts = [event for event in examples() if event.TOPIC == WEBHOOKS]
    for event in (*facts, *facts):
        await gateway.log.append(event)
    count = 2 * len(facts)
    for number in range(10):
        author = Author(f"trk_{number}")
        first = author.imported(lyrics=True, callback_url="https://example.org/hook")
        events = [first, *author.published(), author.edited(), author.edited(based_on=1), first]
        events += [author.reprocess("align"), author.failed("align"), author.retried(), *author.published()]
        events += [author.finished("check"), author.canceled()]
        if number % 3 == 0:
            events.append(author.deleted())
        for event in events:
            await gateway.log.append(event)
        count += len(events)
    return count


async def folded_history(gateway: GatewayStack) -> int:
    async with gateway.projecting():
        written = await write_history(gateway)
        await gateway.until_folded()
    return written


async def states(gateway: GatewayStack) -> Sequence[tuple[str, str]]:
    """Each schema, less the name that all begin with, and its state."""
    family = gateway.generations.family
    return [(one.name.removeprefix(family), one.state) for one in await gateway.generations.all()]


async def until_somebody_waits_for(connection: AsyncConnection, gateway: GatewayStack) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE :pid = ANY(pg_blocking_pids(pid))")
    pid = {"pid": (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()}
    while True:
        async with gateway.database.begin() as other:
            if (await other.execute(waiting, pid)).scalar_one():
                return
        await asyncio.sleep(0.01)


@dataclass
class Counting:
    filler: Filler
    records: int = 0

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        self.records += sum(map(len, wanted.values()))
        await self.filler.fill(schema, wanted, chosen)


@dataclass
class Failing:
    """Each of the first fills of one partition is its last: then it fails with this."""

    filler: Filler
    error: Exception
    times: int

    async def fill(self, schema: str, wanted: Wanted, chosen: Sequence[str] | None = None) -> None:
        for partition, span in wanted.items():
            await self.filler.fill(schema, {partition: span}, chosen)
            if self.times:
                self.times -= 1
                raise self.error


NEWER = PROJECTION_VERSION + 1


def by(code: int, gateway: GatewayStack) -> Rebuilding:
    """As the command of another release."""
    family, clock = gateway.generations.family, gateway.clock
    return replace(
        gateway.rebuilding(),
        generations=Generations(gateway.private, family, clock, code=code),
        served=served_database(gateway.postgres, gateway.private.schema, family, code=None),
    )


async def spoil_tables(gateway: GatewayStack) -> None:
    async with gateway.database.begin() as connection:
        await connection.execute(text("ALTER TABLE track DROP COLUMN title"))


async def columns_of_track(gateway: GatewayStack) -> Sequence[str]:
    """Asked of the catalogue: a plan that was made for other columns is refused."""
    columns = "SELECT attname FROM pg_attribute WHERE attrelid = 'track'::regclass AND attnum > 0 AND NOT attisdropped"
    async with gateway.database.begin() as connection:
        return list((await connection.execute(text(columns))).scalars())
