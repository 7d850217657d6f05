"""How many tasks there are of a step, for whoever scales its service: counted in Postgres, over all processes."""

import asyncio
from collections.abc import Mapping

import structlog
from sqlalchemy import case, func, select

from aik_service.database import OUTAGES, Database
from aik_service.metrics import QUEUE
from aik_service.tasks import TASK

log = structlog.get_logger()
COUNT_EVERY_S = 5.0
STATES = ("waiting", "delayed", "leased", "parked")
"""Free; free later, since it failed; somebody's; told to the log, and not folded yet."""


class QueueGauges:
    """Every process of the service tells the same numbers; while Postgres is away, none."""

    def __init__(self, database: Database, step: str) -> None:
        self._database = database
        self._step = step

    async def run(self) -> None:
        """Counts for ever; an outage is waited out."""
        while True:
            try:
                for state, tasks in (await self.count()).items():
                    QUEUE.labels(self._step, state).set(tasks)
            except OUTAGES as error:
                QUEUE.clear()
                log.warning("the queue can't be counted now", error=repr(error))
            await asyncio.sleep(COUNT_EVERY_S)

    async def count(self) -> Mapping[str, int]:
        """The number of tasks in each state."""
        state = case(
            (TASK.c.parked, "parked"),
            (TASK.c.lease_id.is_not(None), "leased"),
            (TASK.c.run_after > func.now(), "delayed"),
            else_="waiting",
        ).label("state")
        async with self._database.begin() as connection:
            found = await connection.execute(select(state, func.count()).group_by(state))
            return dict.fromkeys(STATES, 0) | {name: tasks for name, tasks in found}
