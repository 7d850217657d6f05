"""The dead letters: copies, for people and alerts, of what is held because it does not decode."""

import asyncio
from contextlib import suppress

import structlog
from aik_events.envelope import Partition
from aik_events.log import AppendFailed, Log, LogUnavailable, OutcomeUnknown
from aik_events.topics import DEAD_LETTERS
from sqlalchemy import func, select, update

from aik_service import metrics
from aik_service.database import OUTAGES, Database
from aik_service.holds import HELD, Hold, hold_of

log = structlog.get_logger()
PAUSE_S = 1.0
LOOK_S = 10.0
"""How often it looks for what another process has left behind."""


class DeadLetters:
    """Copies every record once at least: a crash between copying and noting it copies again.

    It works beside the inbox and never keeps it waiting: no row is locked while Kafka is asked.
    """

    def __init__(self, log: Log, database: Database, *, consumer: str) -> None:
        self._log = log
        self._database = database
        self._consumer = consumer
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Something does not decode."""
        self._rung.set()

    async def run(self) -> None:
        """Copies for ever; an outage of Kafka or Postgres is waited out."""
        while True:
            self._rung.clear()
            try:
                await self._count()
                await self.copy()
                await self._sleep(LOOK_S)
            except (LogUnavailable, OutcomeUnknown, *OUTAGES) as error:
                log.warning("the dead letters wait for their servers", error=str(error))
                await self._sleep(PAUSE_S)

    async def _sleep(self, at_most_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._rung.wait()

    async def copy(self) -> None:
        """Copies what has no copy yet, the oldest first."""
        async with self._database.begin() as connection:
            missing = select(HELD.c.topic, HELD.c.partition, HELD.c.offset).where(_UNCOPIED)
            places = (await connection.execute(missing.order_by(*missing.selected_columns))).all()
        for topic, number, offset in places:
            await self._copy_one(Partition(topic, number), offset)

    async def _copy_one(self, partition: Partition, offset: int) -> None:
        here = (HELD.c.topic == partition.topic) & (HELD.c.partition == partition.number) & (HELD.c.offset == offset)
        async with self._database.begin() as connection:
            row = (await connection.execute(select(HELD).where(here, _UNCOPIED))).one_or_none()
        if row is None:
            return  # It was given up, or read, since.
        hold = hold_of(row)
        try:
            await self._log.copy(hold.record, DEAD_LETTERS, self._about(hold))
        except AppendFailed as error:
            log.warning("a dead letter is refused", partition=str(partition), offset=offset, error=str(error))
            return
        metrics.DEAD_LETTERS.labels(partition.topic).inc()
        async with self._database.begin() as connection:
            await connection.execute(update(HELD).where(here).values(copied=True))

    def _about(self, hold: Hold) -> dict[str, bytes]:
        at = hold.record.partition
        about = {
            "aik_consumer": self._consumer,
            "aik_reason": hold.problem or "",
            "aik_topic": at.topic,
            "aik_partition": str(at.number),
            "aik_offset": str(hold.record.offset),
        }
        return {name: value.encode() for name, value in about.items()}

    async def _count(self) -> None:
        async with self._database.begin() as connection:
            metrics.HELD.set((await connection.execute(select(func.count()).select_from(HELD))).scalar_one())


_UNCOPIED = HELD.c.reason.is_not(None) & HELD.c.copied.is_(False)
