"""How far a projection is behind the log: its positions against the log's ends."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from aik_events.envelope import Partition
from aik_events.log import Log, LogUnavailable
from sqlalchemy import select

from aik_service import metrics
from aik_service.ages import Ages
from aik_service.database import OUTAGES, Database, table_of
from aik_service.inbox_tables import LogPosition

log = structlog.get_logger()
POSITION = table_of(LogPosition)
LOOK_S = 15.0


@dataclass(frozen=True)
class Lag:
    """`records` are not folded yet; the oldest of them is in the log for `seconds` at least."""

    records: int
    seconds: float


class ProjectionLag:
    """Every process of a consumer tells the same records, of all partitions; while a server is away, nothing.

    The seconds are those that this process has seen: one that was just started begins at 0.
    """

    def __init__(
        self,
        log: Log,
        database: Database,
        topics: Sequence[str],
        *,
        consumer: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._database = database
        self._topics = topics
        self._consumer = consumer
        self._clock = clock
        self._ages: defaultdict[Partition, Ages] = defaultdict(Ages)

    async def run(self) -> None:
        """Looks for ever; an outage is waited out."""
        while True:
            try:
                for topic, lag in (await self.look()).items():
                    metrics.LAG_RECORDS.labels(self._consumer, topic).set(lag.records)
                    metrics.LAG_SECONDS.labels(self._consumer, topic).set(lag.seconds)
            except (LogUnavailable, *OUTAGES) as error:
                metrics.LAG_RECORDS.clear()
                metrics.LAG_SECONDS.clear()
                log.warning("nobody can say now how far the projection is", error=repr(error))
            await asyncio.sleep(LOOK_S)

    async def look(self) -> Mapping[str, Lag]:
        """By topic. The ends are asked for first, so that nothing counts that came meanwhile."""
        ends = await self._log.ends(list(self._topics))
        now_s = self._clock()
        async with self._database.begin() as connection:
            rows = await connection.execute(select(POSITION.c.topic, POSITION.c.partition, POSITION.c.next))
            positions = {Partition(topic, number): offset for topic, number, offset in rows}
        lags = {topic: Lag(0, 0.0) for topic in self._topics}
        for partition, end in ends.items():
            position, ages, sum_of = positions.get(partition, 0), self._ages[partition], lags[partition.topic]
            ages.saw(end, now_s)
            ages.forget(position)
            behind = Lag(max(0, end - position), ages.of(position, now_s))
            lags[partition.topic] = Lag(sum_of.records + behind.records, max(sum_of.seconds, behind.seconds))
        return lags
