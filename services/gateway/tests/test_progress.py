"""What is kept of the messages about running steps."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aik_events.catalogue import StepProgressed
from aik_events.event import Meta
from aik_events.log import PositionOutOfRange, Start
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_gateway.eta import Heard
from aik_gateway.progress import Progress

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def message(share: float, *, job: str = "job_1", run: int = 0, attempt: int = 1, at_s: float = 0.0) -> StepProgressed:
    time = NOW + timedelta(seconds=at_s)
    meta = Meta(id="1", subject="trk_1", time=time, source="aik/test", client_id="cli")
    return StepProgressed(meta=meta, job_id=job, run=run, step="align", attempt=attempt, share=share)


def heard(*events: StepProgressed) -> Heard | None:
    """What is kept of the job's first run."""
    progress = Progress(MemoryLog())
    for event in events:
        progress.hear(event)
    return progress.of("job_1", 0, "align")


def test_the_first_and_the_newest_message_of_an_attempt_are_kept() -> None:
    told = heard(message(0.1, at_s=1), message(0.2, at_s=2), message(0.4, at_s=4))
    assert told == Heard(1, 0.4, NOW + timedelta(seconds=4), first_share=0.1, first_at=NOW + timedelta(seconds=1))


def test_a_share_never_goes_back_within_one_attempt() -> None:
    told = heard(message(0.5, at_s=1), message(0.2, at_s=2), message(0.3, at_s=0))
    assert told == Heard(1, 0.5, NOW + timedelta(seconds=2), first_share=0.5, first_at=NOW + timedelta(seconds=1))


def test_a_new_attempt_starts_again_and_the_one_before_says_nothing_more() -> None:
    assert heard(message(0.9), message(0.1, attempt=2), message(1.0)) == Heard(2, 0.1, NOW, 0.1, NOW)


def test_another_run_is_another_step() -> None:
    assert heard(message(0.9, run=1)) is None


def test_a_share_is_within_0_and_1() -> None:
    for told, kept in ((7.0, 1.0), (-7.0, 0.0)):
        assert heard(message(told)) == Heard(1, kept, NOW, kept, NOW)


def test_the_step_that_was_silent_for_longest_is_forgotten() -> None:
    progress = Progress(MemoryLog(), kept=2)
    for job in ("job_1", "job_2", "job_1", "job_3"):
        progress.hear(message(0.5, job=job))
    assert [progress.of(job, 0, "align") is None for job in ("job_1", "job_2", "job_3")] == [False, True, False]


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
        while progress.of("job_1", 0, "align") is None:
            assert not listening.done()
            await log.append(message(0.5))
            await asyncio.sleep(0.05)
    listening.cancel()
    assert progress.of("job_old", 0, "align") is None
