"""How many jobs are open, and where: counted in the read model."""

import asyncio
from collections.abc import Mapping
from itertools import product

import structlog
from aik_events.pipeline import Step
from aik_events.track import JobState
from aik_service.database import OUTAGES, Database, table_of
from sqlalchemy import ColumnElement, func, literal_column, select

from aik_gateway.metrics import OPEN_JOBS
from aik_gateway.readmodel.models.tracks import JobRow

log = structlog.get_logger()
JOB = table_of(JobRow)
COUNT_EVERY_S = 15.0
STATES = (JobState.QUEUED, JobState.RUNNING)
AT: ColumnElement[str] = literal_column(
    """jsonb_path_query_first(steps, '$[*] ? (@.state != "succeeded").step') #>> '{}'"""
).label("at")
"""The first step of a job that is not done."""


class OpenJobs:
    """Every projector tells the same numbers; while Postgres is away, none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Counts for ever; an outage is waited out."""
        while True:
            try:
                for (state, step), jobs in (await self.count()).items():
                    OPEN_JOBS.labels(state, step).set(jobs)
            except OUTAGES as error:
                OPEN_JOBS.clear()
                log.warning("open jobs can't be counted now", error=repr(error))
            await asyncio.sleep(COUNT_EVERY_S)

    async def count(self) -> Mapping[tuple[str, str], int]:
        """By state and step; every pair is there."""
        open_ones = select(JOB.c.state, AT, func.count()).where(JOB.c.finished_at.is_(None)).group_by(JOB.c.state, AT)
        async with self._database.begin() as connection:
            found = await connection.execute(open_ones)
            known: dict[tuple[str, str], int] = dict.fromkeys(product(map(str, STATES), map(str, Step)), 0)
            return known | {(state, at): jobs for state, at, jobs in found if (state, at) in known}
