"""Cancel during separation: seconds from the client's call to the death of the child that separates."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import psutil
from aik_events.catalogue import JobCanceled, StepProgressed
from aik_events.event import Meta
from aik_events.ids import new_event_id
from aik_events.log.kafka import KafkaLog
from aik_events.topics import PROGRESS
from aik_local.testing import Suite
from rich.console import Console
from rich.table import Table

from tests.bench.songs import song
from tests.bench.suite import running_suite
from tests.bench.watch import Watch, watching
from tests.e2e.browser import Browser
from tests.e2e.conftest import processes

LIMIT_S = 2.0
WITHIN_S = 60.0
POLL_S = 0.001

Cancel = Callable[[str, str], Awaitable[None]]
"""Of this track, this job."""


@dataclass(frozen=True)
class Try:
    """Seconds from the first progress to the call, from the call to the child's death, and to the call's answer."""

    after_s: float
    dead_s: float
    answered_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="of the song")
    parser.add_argument("--tries", type=int, default=10)
    parser.add_argument("--apart", type=float, default=0.5, help="each try cancels so many seconds later than the last")
    parser.add_argument("--by", choices=("api", "log"), default="api", help="POST …/cancel, or job.canceled appended")
    arguments = parser.parse_args()
    with running_suite() as suite:
        tries = asyncio.run(_tries(suite, arguments))
    _show(arguments.seconds, arguments.by, tries)


async def _tries(suite: Suite, arguments: argparse.Namespace) -> list[Try]:
    browser = Browser(suite.environment["AIK_URL"], "bench")
    log = KafkaLog(suite.environment["AIK_KAFKA"], client_id="bench")
    asset = browser.upload("song.mp3", song(arguments.seconds))
    separator = psutil.Process(processes(suite)["separator"])

    async def through_the_api(track_id: str, job_id: str) -> None:
        answer = await asyncio.to_thread(browser.post, f"/v1/jobs/{job_id}/cancel")
        assert answer.is_success, answer.text

    async def through_the_log(track_id: str, job_id: str) -> None:
        meta = Meta(id=new_event_id(), subject=track_id, time=datetime.now(UTC), source="aik/bench", client_id="bench")
        await log.append(JobCanceled(meta=meta, job_id=job_id))

    cancel = through_the_api if arguments.by == "api" else through_the_log
    try:
        await log.identity()
        async with watching(suite.environment["AIK_KAFKA"], PROGRESS) as progress:
            return [
                await _try(browser, progress, separator, asset, cancel, after_s=number * arguments.apart)
                for number in range(1, arguments.tries + 1)
            ]
    finally:
        await log.close()


async def _try(
    browser: Browser, progress: Watch, separator: psutil.Process, asset: str, cancel: Cancel, *, after_s: float
) -> Try:
    """Canceled so long after the first word of progress: the engine is at work."""
    track_id, job_id = await asyncio.to_thread(browser.import_track, asset)
    await progress.until(lambda w: bool(w.of(StepProgressed, [job_id])), within_s=WITHIN_S)
    [child] = separator.children()
    await asyncio.sleep(after_s)
    assert _lives(child), "the song was separated before it could be canceled: take a longer one"
    called = time.perf_counter()
    answering = asyncio.create_task(_answered_s(cancel(track_id, job_id)))
    while _lives(child):
        assert time.perf_counter() - called < WITHIN_S, "the child lives on"
        await asyncio.sleep(POLL_S)
    dead_s = time.perf_counter() - called
    answered_s = await answering
    state = (await asyncio.to_thread(browser.finished, job_id))["state"]
    assert state == "canceled", f"the job is {state}: take a longer song"
    return Try(after_s, dead_s, answered_s)


async def _answered_s(canceling: Awaitable[None]) -> float:
    began = time.perf_counter()
    await canceling
    return time.perf_counter() - began


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _show(seconds: float, by: str, tries: list[Try]) -> None:
    dead = [one.dead_s for one in tries]
    within = sum(one <= LIMIT_S for one in dead)
    table = Table(
        title=f"Cancel during separation of {seconds:g} s of song, by the {by}: seconds",
        caption=f"dead within {LIMIT_S:g} s of the call: {within} of {len(tries)}",
    )
    for column in ("", "min", "median", "max"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row("call to the child's death", *_spread(dead), style="bold")
    table.add_row("call to its answer", *_spread([one.answered_s for one in tries]))
    table.add_row("first progress to the call", *_spread([one.after_s for one in tries]))
    Console().print(table)


def _spread(seconds: list[float]) -> list[str]:
    return [f"{one:.3f}" for one in (min(seconds), median(seconds), max(seconds))]


if __name__ == "__main__":
    main()
