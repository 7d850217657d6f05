"""Rebuilding the read model: emptied, and folded anew from the whole log."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from aik_events.envelope import Partition
from aik_events.log import Log, LogUnavailable
from aik_service.database import OUTAGES, Database, table_of
from aik_service.inbox import PAUSE_S, Inbox
from aik_service.inbox_tables import Folded, HeldRecord, LogPosition
from sqlalchemy import delete, func, select, update

from aik_gateway.readmodel.projector import FOLDS, inbox_of
from aik_gateway.readmodel.tables import ROWS, TABLES

logger = structlog.get_logger()

POLL_S = 0.1


async def rebuild(log: Log, database: Database) -> int:
    """Folds the log up to where it ends now, and gives the number of its records, less those that are held.

    A projector that runs meanwhile does no harm: the position rows decide whose batch counts. Nothing outward happens.
    """
    inbox = inbox_of(log, database)
    await database.create(TABLES)
    await inbox.prepare()
    ends = await log.ends([fold.topic for fold in FOLDS])
    await empty(database)
    folding = asyncio.create_task(_fold(log, database, inbox))
    try:
        while not await _reached(database, ends):
            if folding.done():
                folding.result()
            await asyncio.sleep(POLL_S)
    finally:
        folding.cancel()
        await asyncio.gather(folding, return_exceptions=True)
    held = await _held(database)
    if held:
        logger.warning("records are held, as the projector would hold them", records=held)
    return sum(ends.values()) - held


async def empty(database: Database) -> None:
    """One transaction: a reader sees the old rows or none, a projector its position or the beginning.

    Locks in the order of a projector's batch. What was folded is missing until it is folded again: the barrier says so.
    """
    position = table_of(LogPosition)
    async with database.begin() as connection:
        barrier = func.greatest(position.c.barrier, position.c.next)
        await connection.execute(update(position).values(next=0, barrier=barrier))
        await connection.execute(delete(table_of(HeldRecord)))
        await connection.execute(delete(table_of(Folded)))
        for row in ROWS:
            await connection.execute(delete(table_of(row)))


async def _fold(log: Log, database: Database, inbox: Inbox) -> None:
    """Reads every partition, whoever else does; an outage of Kafka or Postgres is waited out."""

    async def start(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        positions = await _positions(database)
        return {partition: positions[partition] for partition in partitions}

    while True:
        try:
            async with log.read([fold.topic for fold in FOLDS], group=None, start=start) as reader:
                async for batch in reader:
                    await inbox.take(reader, batch)
        except (LogUnavailable, *OUTAGES) as error:
            logger.warning("the rebuild waits for its servers", error=str(error))
            await asyncio.sleep(PAUSE_S)


async def _reached(database: Database, ends: Mapping[Partition, int]) -> bool:
    try:
        positions = await _positions(database)
    except OUTAGES:
        return False
    return all(positions[partition] >= end for partition, end in ends.items())


async def _held(database: Database) -> int:
    """What does not decode, and what waits behind it."""
    async with database.begin() as connection:
        return int((await connection.execute(select(func.count()).select_from(table_of(HeldRecord)))).scalar_one())


async def _positions(database: Database) -> Mapping[Partition, int]:
    position = table_of(LogPosition)
    async with database.begin() as connection:
        rows = await connection.execute(select(position.c.topic, position.c.partition, position.c.next))
        return {Partition(topic, number): offset for topic, number, offset in rows}
