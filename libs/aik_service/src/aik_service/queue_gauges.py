"""How many tasks there are of a step, for whoever scales its service: counted in Postgres, over all processes."""

import asyncio
import time
from collections.abc import Callable, Mapping

import structlog
from sqlalchemy import case, func, select

from aik_service.ages import Ages
from aik_service.database import OUTAGES, Database
from aik_service.metrics import OLDEST, QUEUE
from aik_service.tasks import TASK

log = structlog.get_logger()
COUNT_EVERY_S = 5.0
STATES = ("waiting", "delayed", "leased", "parked")
"""Free; free later, since it failed; somebody's; told to the log, and not folded yet."""
STATE = case(
    (TASK.c.parked, "parked"),
    (TASK.c.lease_id.is_not(None), "leased"),
    (TASK.c.run_after > func.now(), "delayed"),
    else_="waiting",
).label("state")


class QueueGauges:
    """Every process of the service tells the same numbers; while Postgres is away, none.

    Only the age of the oldest is what this process has seen: one that was just started begins at 0.
    """

    def __init__(self, database: Database, step: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._step = step
        self._clock = clock
        self._ages = Ages()

    async def run(self) -> None:
        """Counts for ever; an outage is waited out."""
        while True:
            try:
                for state, tasks in (await self.count()).items():
                    QUEUE.labels(self._step, state).set(tasks)
                OLDEST.labels(self._step).set(await self.oldest_s())
            except OUTAGES as error:
                QUEUE.clear()
                OLDEST.clear()
                log.warning("the queue can't be counted now", error=repr(error))
            await asyncio.sleep(COUNT_EVERY_S)

    async def count(self) -> Mapping[str, int]:
        """The number of tasks in each state."""
        async with self._database.begin() as connection:
            found = await connection.execute(select(STATE, func.count()).group_by(STATE))
            return dict.fromkeys(STATES, 0) | {name: tasks for name, tasks in found}

    async def oldest_s(self) -> float:
        """So long this process has seen the oldest free task; 0 when none waits.

        Tasks have no time of their own, but numbers in the order in which they came.
        """
        newest, oldest = func.coalesce(func.max(TASK.c.number), 0), func.min(TASK.c.number).filter(STATE == "waiting")
        async with self._database.begin() as connection:
            last, first = (await connection.execute(select(newest, oldest))).one()
        now_s = self._clock()
        self._ages.saw(last, now_s)
        return 0.0 if first is None else self._ages.of(first - 1, now_s)
