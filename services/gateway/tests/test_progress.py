"""The newest share of each running step."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from aik_events.catalogue import StepProgressed
from aik_events.event import Meta
from aik_events.log import PositionOutOfRange, Start
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_gateway.progress import Progress


def message(share: float, *, job: str = "job_1", run: int = 0, attempt: int = 1) -> StepProgressed:
    meta = Meta(id="1", subject="trk_1", time=datetime.now(UTC), source="aik/test", client_id="cli")
    return StepProgressed(meta=meta, job_id=job, run=run, step="align", attempt=attempt, share=share)


def test_the_newest_share_of_the_newest_attempt_counts() -> None:
    progress = Progress(MemoryLog())
    for event in (message(0.2), message(0.9), message(0.1, attempt=2), message(0.8, attempt=1)):
        progress.heard(event)
    assert progress.share("job_1", 0, "align") == 0.1
    assert progress.share("job_1", 1, "align") == 0.0


def test_a_share_is_within_0_and_1() -> None:
    progress = Progress(MemoryLog())
    progress.heard(message(7.0))
    assert progress.share("job_1", 0, "align") == 1.0


def test_the_step_that_was_silent_for_longest_is_forgotten() -> None:
    progress = Progress(MemoryLog(), kept=2)
    for job in ("job_1", "job_2", "job_1", "job_3"):
        progress.heard(message(0.5, job=job))
    assert [progress.share(job, 0, "align") for job in ("job_1", "job_2", "job_3")] == [0.5, 0.0, 0.5]


class OutrunLog(MemoryLog):
    """The first reader is so late that the log has let go of what it would read."""

    def __init__(self) -> None:
        super().__init__()
        self.readers = 0

    @asynccontextmanager
    async def read(self, topics: Sequence[str], *, group: str | None, start: Start) -> AsyncIterator[MemoryReader]:
        self.readers += 1
        if self.readers == 1:
            raise PositionOutOfRange
        async with super().read(topics, group=group, start=start) as reader:
            yield reader


async def test_who_was_outrun_by_retention_begins_again_at_the_end() -> None:
    log = OutrunLog()
    await log.append(message(0.3, job="job_old"))
    progress = Progress(log)
    listening = asyncio.create_task(progress.run())
    async with asyncio.timeout(10):
        while progress.share("job_1", 0, "align") != 0.5:
            assert not listening.done()
            await log.append(message(0.5))
            await asyncio.sleep(0.05)
    listening.cancel()
    assert progress.share("job_old", 0, "align") == 0.0
