"""Songs through the suite, all at once, against a loop of the raw engines in one process, one song after the other."""

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from aik_events.catalogue import JobStepStarted, StepResult, TrackPublished
from aik_local.testing import Suite
from rich.console import Console
from rich.table import Table

from tests.bench.raw import STEPS, RawPipeline
from tests.bench.songs import song
from tests.bench.suite import Meter, Usage, running_suite, settle, supervisor_pid
from tests.bench.watch import Watch, watching
from tests.e2e.browser import Browser

WITHIN_S = 1800.0


@dataclass(frozen=True)
class Run:
    """`busy_s` is for each step the time that it was worked on, all songs together."""

    usage: Usage
    busy_s: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60, help="of each song")
    arguments = parser.parse_args()
    settle()
    songs = [song(arguments.seconds) for _ in range(arguments.songs + 1)]
    raw = _looped(songs)
    with running_suite() as suite:
        suited = asyncio.run(_through(suite, songs))
    _show(f"{arguments.songs} songs of {arguments.seconds:g} s on {os.cpu_count()} cores", raw, suited)


def _looped(songs: Sequence[bytes]) -> Run:
    """The first song only warms; nothing else of ours runs meanwhile."""
    pipeline = RawPipeline()
    pipeline.run(songs[0])
    meter = Meter(os.getpid())
    took = [pipeline.run(one) for one in songs[1:]]
    return Run(meter.read(), {step: sum(one[step] for one in took) for step in STEPS})


async def _through(suite: Suite, songs: Sequence[bytes]) -> Run:
    """From the first POST import to the last publication, a first song warming every engine before."""
    browser = Browser(suite.environment["AIK_URL"], "bench")
    warming, *assets = [browser.upload("song.mp3", one) for one in songs]
    async with watching(suite.environment["AIK_KAFKA"]) as watch:
        await _published(watch, [(await asyncio.to_thread(browser.import_track, warming))[1]])
        meter, began = Meter(supervisor_pid(suite)), time.time()
        jobs = [(await asyncio.to_thread(browser.import_track, asset))[1] for asset in assets]
        await _published(watch, jobs)
        usage = meter.read()
        wall_s = max(one.sent for one in watch.of(TrackPublished, jobs)) - began
    return Run(Usage(wall_s, usage.cpu_s), _busy_s(watch, jobs))


async def _published(watch: Watch, jobs: Sequence[str]) -> None:
    await watch.until(lambda w: len(w.of(TrackPublished, jobs)) == len(jobs), within_s=WITHIN_S)


def _busy_s(watch: Watch, jobs: Sequence[str]) -> dict[str, float]:
    began = {(one.event.job_id, one.event.step): one.sent for one in watch.of(JobStepStarted, jobs)}
    busy = dict.fromkeys(STEPS, 0.0)
    for one in watch.of(StepResult, jobs):
        busy[one.event.step] += one.sent - began[one.event.job_id, one.event.step]
    return busy


def _show(about: str, raw: Run, suited: Run) -> None:
    speed = raw.usage.wall_s / suited.usage.wall_s
    table = Table(title=about, caption=f"suite / raw loop = {speed:.2f} times the speed\n{_bound(suited)}")
    for column in ("", "raw loop", "suite"):
        table.add_column(column, justify="left" if not column else "right")
    both = (raw, suited)
    table.add_row("all songs", *[f"{one.usage.wall_s:.1f} s" for one in both], style="bold")
    table.add_row("computing", *[f"{one.usage.cpu_s:.1f} s" for one in both])
    table.add_row("of all cores", *[f"{one.usage.share:.0%}" for one in both], end_section=True)
    for step in STEPS:
        table.add_row(f"{step}: busy", *[f"{one.busy_s[step] / one.usage.wall_s:.0%}" for one in both])
    Console().print(table)


def _bound(suited: Run) -> str:
    """A worker that is hardly ever idle holds up the others, unless there is nothing left to compute with."""
    if suited.usage.share > 0.9:
        return "bound by the cores: all of them compute nearly all the time"
    step = max(suited.busy_s, key=lambda name: suited.busy_s[name])
    share = suited.busy_s[step] / suited.usage.wall_s
    return f"bound by {step}: its one worker is busy {share:.0%} of the time"


if __name__ == "__main__":
    main()
