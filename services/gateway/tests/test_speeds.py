"""Speeds are learned again and again, and an outage only delays that."""

import asyncio
from datetime import UTC, datetime, timedelta

from aik_events.track import StepProgress, StepState
from aik_gateway.eta import Speed
from aik_gateway.readmodel.queries import ReadModel
from aik_gateway.speeds import LearnedSpeeds
from aik_service.database import Database
from sqlalchemy.exc import OperationalError, ProgrammingError

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALIGNED = StepProgress(
    step="align", state=StepState.SUCCEEDED, attempt=1, started_at=NOW - timedelta(seconds=20), finished_at=NOW
)


class Ended(ReadModel):
    """Postgres is away at first, then has no tables yet, then one job has ended."""

    def __init__(self) -> None:
        super().__init__(Database("postgresql://127.0.0.1:1/none", "none"))
        self.errors = [kind("SELECT", {}, Exception("gone")) for kind in (ProgrammingError, OperationalError)]

    async def ended_jobs(self, limit: int) -> list[tuple[list[StepProgress], int]]:
        if self.errors:
            raise self.errors.pop()
        return [([ALIGNED], 200_000)]


async def test_an_outage_only_delays_what_is_learned() -> None:
    speeds = LearnedSpeeds(Ended(), every_s=0.001)
    learning = asyncio.create_task(speeds.run())
    async with asyncio.timeout(10):
        while not speeds.current.steps:
            assert not learning.done()
            await asyncio.sleep(0.001)
    learning.cancel()
    assert speeds.current.steps == {"align": Speed(20_000, 0.1)}
