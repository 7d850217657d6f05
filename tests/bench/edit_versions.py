"""Edits through the suite: from the PATCH of the lyrics to the new version, published."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
from aik_events.catalogue import JobFailed, JobStepStarted, StepResult, TrackPublished
from rich.table import Table

from tests.bench.suite import running_suite
from tests.bench.watch import Watch, watching
from tests.e2e.browser import Browser

WITHIN_S = 1800.0
STEPS = ("align", "check", "publish")


@dataclass(frozen=True)
class Job:
    """Seconds from the request to the publication, and of each step from its start to its result."""

    about: str
    total_s: float
    steps: dict[str, float]


async def versions(song: Path, text: str, language: str, texts: Sequence[str]) -> Table:
    """The import warms every engine; then one version is aligned whole, and each text is one more, edited."""
    with running_suite() as suite:
        browser = Browser(suite.environment["AIK_URL"], "bench")
        async with watching(suite.environment["AIK_KAFKA"]) as watch:
            asset = await asyncio.to_thread(browser.upload, "song.flac", song.read_bytes())
            track, job_id = await asyncio.to_thread(lambda: browser.import_track(asset, lyrics=text, language=language))
            await _published(watch, job_id)
            path = f"/v1/tracks/{track}"
            jobs = [await _job("aligned whole", watch, lambda: browser.post(f"{path}/reprocess", {"steps": ["align"]}))]
            for version, one in enumerate(texts, 2):
                edit = _Edit(browser, f"{path}/lyrics", version, one)
                jobs.append(await _job("one line edited", watch, edit))
    return _shown(song.parent.name, jobs)


@dataclass(frozen=True)
class _Edit:
    browser: Browser
    path: str
    version: int
    text: str

    def __call__(self) -> httpx.Response:
        body = {"lyrics": self.text, "reprocess": ["align"]}
        return self.browser.patch(self.path, body, **{"If-Match": f'"v{self.version}"'})


async def _job(about: str, watch: Watch, ask: Callable[[], httpx.Response]) -> Job:
    asked = time.time()
    answer = await asyncio.to_thread(ask)
    assert answer.is_success, answer.text
    job_id = answer.json()["jobId"]
    published_s = await _published(watch, job_id)
    began = {one.event.step: one.sent for one in watch.of(JobStepStarted, [job_id])}
    steps = {one.event.step: one.sent - began[one.event.step] for one in watch.of(StepResult, [job_id])}
    return Job(about, published_s - asked, steps)


async def _published(watch: Watch, job_id: str) -> float:
    """When, in seconds since the epoch."""
    await watch.until(lambda w: bool(w.of(TrackPublished, [job_id]) or w.of(JobFailed, [job_id])), within_s=WITHIN_S)
    for failed in watch.of(JobFailed, [job_id]):
        raise SystemExit(f"the job failed: {failed.event.code}")
    return watch.of(TrackPublished, [job_id])[0].sent


def _shown(song: str, jobs: Sequence[Job]) -> Table:
    table = Table(
        title=f"{song} through the suite, all engines warm: seconds from the request to the published version"
    )
    for column in ("", "all", *STEPS, "the rest"):
        table.add_column(column, justify="right" if column else "left")
    for job in jobs:
        seconds = (job.total_s, *(job.steps[step] for step in STEPS), job.total_s - sum(job.steps.values()))
        table.add_row(job.about, *(f"{one:.2f}" for one in seconds))
    return table
