"""How long steps take here: learned now and then from the jobs that ended last."""

import asyncio

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from aik_gateway.eta import Speeds, learned, samples_of
from aik_gateway.readmodel.queries import ReadModel

log = structlog.get_logger()

EVERY_S = 10.0
JOBS = 200
"""The jobs that are looked at; what their steps took is of every client's songs."""


class LearnedSpeeds:
    """Every process learns by itself; until it has, nothing is known."""

    def __init__(self, read_model: ReadModel, *, every_s: float = EVERY_S) -> None:
        self._read_model = read_model
        self._every_s = every_s
        self.current = Speeds()

    async def run(self) -> None:
        """Learns for ever. Whatever Postgres says, clients are answered without, or with what was learned before."""
        while True:
            try:
                await self.learn()
            except (DBAPIError, PoolTimeout) as error:
                log.warning("speeds can't be learned now", error=str(error))
            await asyncio.sleep(self._every_s)

    async def learn(self) -> None:
        ended = await self._read_model.ended_jobs(JOBS)
        self.current = learned(sample for steps, duration_ms in ended for sample in samples_of(steps, duration_ms))
