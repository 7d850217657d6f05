"""Each server away for a while, dead and hung, during jobs: what readiness says, and when everything moves again."""

import argparse
import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from aik_events.catalogue import JobFailed, JobStepFailed, JobStepStarted, TrackPublished
from aik_local.testing import Suite
from rich.console import Console
from rich.table import Table

from tests.bench.down import dead, hung
from tests.bench.songs import song
from tests.bench.suite import running_suite
from tests.bench.watch import Watch, watching
from tests.e2e.browser import Browser
from tests.e2e.conftest import addresses, processes

SERVERS = ("kafka", "postgres", "s3")
WAYS = {"dead": dead, "hung": hung}
ASK_EVERY_S = 1.0
WITHIN_S = 900.0


@dataclass
class Answers:
    """What one process's /readyz said: the checks that failed, and when it first and last was not ready."""

    failed: set[str] = field(default_factory=set)
    first_s: float | None = None
    last_s: float = 0.0


@dataclass(frozen=True)
class Outage:
    """`moved_s` and `ready_s` are seconds after the server was back."""

    server: str
    way: str
    answers: dict[str, Answers]
    moved_s: float
    ready_s: float
    ended: dict[str, int]
    restarted: list[str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=SERVERS)
    parser.add_argument("--ways", nargs="+", choices=tuple(WAYS), default=tuple(WAYS))
    parser.add_argument("--seconds", type=float, default=60, help="of each outage")
    parser.add_argument("--songs", type=int, default=8, help="imported before each outage")
    arguments = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # that it can't connect is what is measured
    content = song(11)
    for server in arguments.servers:
        for way in arguments.ways:
            with running_suite() as suite:
                _show(asyncio.run(_met(suite, server, way, arguments.seconds, [content] * arguments.songs)))


async def _met(suite: Suite, server: str, way: str, seconds: float, songs: Sequence[bytes]) -> Outage:
    """Begins when the first step has started, and looks on until every job has ended."""
    browser = Browser(suite.environment["AIK_URL"], "bench")
    asset = browser.upload("song.mp3", songs[0])
    before, asked = processes(suite), {name: addresses(suite)[name] for name in processes(suite)}
    answers = {name: Answers() for name in asked}
    async with watching(suite.environment["AIK_KAFKA"]) as watch:
        jobs = [(await asyncio.to_thread(browser.import_track, asset))[1] for _ in songs]
        await watch.until(lambda w: bool(w.of(JobStepStarted, jobs)), within_s=WITHIN_S)
        began = time.time()
        asking = [asyncio.create_task(_ask(f"{url}/readyz", answers[name], began)) for name, url in asked.items()]
        async with WAYS[way](suite, server):
            await asyncio.sleep(seconds)
        back = time.time()
        await watch.until(lambda w: _moved(w, back) is not None, within_s=WITHIN_S)
        await watch.until(lambda w: len(_ended(w, jobs)) == len(jobs), within_s=WITHIN_S)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        ready_s = max(one.last_s for one in answers.values()) + began - back
        ended = {event.TYPE: len(watch.of(event, jobs)) for event in (TrackPublished, JobFailed)}
        moved = _moved(watch, back)
    assert moved is not None
    after = processes(suite)
    restarted = [name for name, pid in before.items() if after.get(name) != pid]
    return Outage(server, way, answers, moved - back, max(0.0, ready_s), ended, restarted)


def _moved(watch: Watch, back: float) -> float | None:
    """When the first event after the outage was seen, other than that an attempt met the outage."""
    found = (one.seen for one in watch.all if one.seen > back and not isinstance(one.event, JobStepFailed))
    return next(found, None)


def _ended(watch: Watch, jobs: Sequence[str]) -> set[str]:
    return {one.event.job_id for event in (TrackPublished, JobFailed) for one in watch.of(event, jobs)}


async def _ask(url: str, answers: Answers, began: float) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
        while True:
            said = await _said(http, url)
            if said:
                now = time.time() - began
                answers.failed |= said
                answers.first_s, answers.last_s = answers.first_s or now, now
            await asyncio.sleep(ASK_EVERY_S)


async def _said(http: httpx.AsyncClient, url: str) -> set[str]:
    """The checks that failed."""
    try:
        checks = (await http.get(url)).json()["checks"]
    except httpx.TransportError as error:
        return {f"no answer ({type(error).__name__})"}
    return {name for name, answer in checks.items() if answer != "ok"}


def _show(outage: Outage) -> None:
    ended = ", ".join(f"{count} {name}" for name, count in outage.ended.items())
    restarted = ", ".join(outage.restarted) or "none"
    table = Table(
        title=f"{outage.server} {outage.way}",
        caption=f"after it was back: next event {outage.moved_s:.1f} s, all ready {outage.ready_s:.1f} s\n"
        f"jobs: {ended}; processes started again: {restarted}",
    )
    for column in ("/readyz of", "not ready because of", "from", "until"):
        table.add_column(column, justify="right" if column in ("from", "until") else "left")
    for name, said in outage.answers.items():
        times = ["", ""] if said.first_s is None else [f"{said.first_s:.0f} s", f"{said.last_s:.0f} s"]
        table.add_row(name, ", ".join(sorted(said.failed)) or "ready all the time", *times)
    Console().print(table)


if __name__ == "__main__":
    main()
