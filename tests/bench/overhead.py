"""A warm job from POST import to published, against the sum of the time that its engines compute."""

import argparse
import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from aik_events.catalogue import JobStepStarted, StepResult, TrackImported, TrackPublished
from aik_events.pipeline import Step
from aik_service.objects.s3 import S3Objects
from rich.console import Console
from rich.table import Table

from tests.bench.raw import STEPS, RawPipeline
from tests.bench.songs import song
from tests.bench.suite import running_suite, settle
from tests.bench.traffic import store_of, traffic_s
from tests.bench.watch import Seen, Watch, watching
from tests.e2e.browser import Browser

WITHIN_S = 600.0
ALLOWED_SHARE, ALLOWED_S = 0.03, 0.3


@dataclass(frozen=True)
class Passed:
    """One step of the job: seconds from the event before to its start, to its result, and of its files' ways."""

    pickup_s: float
    work_s: float
    store_s: float


@dataclass(frozen=True)
class Job:
    """`opening_s` is from the POST to the import's event, `telling_s` from the last event to the client's answer."""

    total_s: float
    opening_s: float
    steps: dict[str, Passed]
    telling_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=180, help="of the song")
    parser.add_argument("--rounds", type=int, default=3, help="jobs; the table shows the median one")
    arguments = parser.parse_args()
    settle()
    computed, jobs = asyncio.run(_measured(arguments.seconds, arguments.rounds))
    job = sorted(jobs, key=lambda one: one.total_s)[len(jobs) // 2]
    engines = {step: median(one[step] for one in computed) for step in STEPS}
    _show(f"{arguments.seconds:g} s of song, median of {arguments.rounds} jobs, all engines warm", engines, job)


async def _measured(seconds: float, rounds: int) -> tuple[list[dict[str, float]], list[Job]]:
    """Engines alone and a whole job take turns, so that both meet the same machine; the first round only warms."""
    raw, computed, jobs = RawPipeline(), [], []
    with running_suite() as suite:
        browser = Browser(suite.environment["AIK_URL"], "bench")
        store = store_of(suite.environment)
        async with watching(suite.environment["AIK_KAFKA"]) as watch:
            for _ in range(rounds + 1):
                computed.append(await asyncio.to_thread(raw.run, song(seconds)))
                jobs.append(await _job(browser, watch, store, song(seconds)))
    return computed[1:], jobs[1:]


async def _job(browser: Browser, watch: Watch, store: S3Objects, content: bytes) -> Job:
    asset = await asyncio.to_thread(browser.upload, "song.mp3", content)
    posted = time.time()
    _, job_id = await asyncio.to_thread(browser.import_track, asset)
    await watch.until(lambda w: bool(w.of(TrackPublished, [job_id])), within_s=WITHIN_S)
    while (await asyncio.to_thread(browser.job, job_id))["state"] != "succeeded":
        await asyncio.sleep(0.002)
    told = time.time()
    [imported] = watch.of(TrackImported, [job_id])
    results = watch.of(StepResult, [job_id])
    return Job(
        total_s=told - posted,
        opening_s=imported.sent - posted,
        steps=await _steps(imported, watch.of(JobStepStarted, [job_id]), results, store),
        telling_s=told - results[-1].sent,
    )


async def _steps(
    imported: Seen[TrackImported],
    starts: Sequence[Seen[JobStepStarted]],
    results: Sequence[Seen[StepResult]],
    store: S3Objects,
) -> dict[str, Passed]:
    steps: dict[str, Passed] = {}
    keys, before_s = {"source": imported.event.source.key}, imported.sent
    for start, result in zip(starts, results, strict=True):
        made = {kind: artefact.key for kind, artefact in result.event.artefacts.items()}
        needed = [keys[kind] for kind in Step(result.event.step).needs]
        store_s = await traffic_s(store, needed, made.values())
        steps[result.event.step] = Passed(start.sent - before_s, result.sent - start.sent, store_s)
        keys, before_s = {**keys, **made}, result.sent
    return steps


def _show(about: str, engines: dict[str, float], job: Job) -> None:
    """Where the job's time goes, in seconds: before the import is an event, in each step, after the last event."""
    computed_s = sum(engines.values())
    table = Table(title=f"A warm job: {about}", caption=_verdict(job.total_s, computed_s))
    for column in ("", "job", "engines alone", "more", "pickup", "store", "the rest"):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row("before", *_cells(job.opening_s, None, job.opening_s))
    for name, step in job.steps.items():
        whole_s = step.pickup_s + step.work_s
        rest_s = step.work_s - engines[name] - step.store_s
        table.add_row(
            name, *_cells(whole_s, engines[name], whole_s - engines[name], step.pickup_s, step.store_s, rest_s)
        )
    table.add_row("after", *_cells(job.telling_s, None, job.telling_s), end_section=True)
    table.add_row("all", *_cells(job.total_s, computed_s, job.total_s - computed_s), style="bold")
    Console().print(table)


def _cells(*seconds: float | None) -> list[str]:
    return ["" if one is None else f"{one:.3f}" for one in seconds]


def _verdict(total_s: float, computed_s: float) -> str:
    allowed_s = computed_s * (1 + ALLOWED_SHARE) + ALLOWED_S
    met = "met" if total_s <= allowed_s else f"missed by {total_s - allowed_s:.2f} s"
    return f"job / engines alone = {total_s / computed_s:.3f}; at most 3 % + 0.3 s more: {met}"


if __name__ == "__main__":
    main()
