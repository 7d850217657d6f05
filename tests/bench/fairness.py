"""One client queues many songs, then another client one: when the one starts, and when it is published."""

import argparse
import asyncio
from collections.abc import Sequence

from aik_events.catalogue import JobStepStarted, TrackImported, TrackPublished
from aik_events.event import Event
from rich.console import Console
from rich.table import Table

from tests.bench.songs import song
from tests.bench.suite import running_suite
from tests.bench.watch import Seen, Watch, watching
from tests.e2e.browser import Browser

WITHIN_S = 600.0
FIRST_STEP = "separate"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=200, help="of client A, before the one of client B")
    parser.add_argument("--seconds", type=float, default=11, help="of each song")
    arguments = parser.parse_args()
    asyncio.run(_measured(arguments.songs, arguments.seconds))


async def _measured(songs: int, seconds: float) -> None:
    with running_suite() as suite:
        many, one = (Browser(suite.environment["AIK_URL"], name) for name in ("A", "B"))
        asset_a, asset_b = (browser.upload("song.mp3", song(seconds)) for browser in (many, one))
        async with watching(suite.environment["AIK_KAFKA"]) as watch:
            queued = [(await asyncio.to_thread(many.import_track, asset_a))[1] for _ in range(songs)]
            await watch.until(lambda w: bool(_first_steps(w, queued)), within_s=WITHIN_S)
            _, job = await asyncio.to_thread(one.import_track, asset_b)
            await watch.until(lambda w: bool(w.of(TrackPublished, [job])), within_s=WITHIN_S)
    _show(watch, queued, job, f"{songs} songs of A, then one of B, {seconds:g} s each")


def _first_steps(watch: Watch, job_ids: Sequence[str]) -> list[Seen[JobStepStarted]]:
    return [one for one in watch.of(JobStepStarted, job_ids) if one.event.step == FIRST_STEP]


def _show(watch: Watch, queued: Sequence[str], job: str, about: str) -> None:
    """Against the order of arrival, at the pace that A's songs went at while B's waited or was worked on."""
    [imported] = watch.of(TrackImported, [job])
    [started], [published] = _first_steps(watch, [job]), watch.of(TrackPublished, [job])
    begun, finished = _first_steps(watch, queued), watch.of(TrackPublished, queued)
    span_s = published.sent - begun[0].sent
    fifo_s = span_s / len(_until(begun, published)) * (len(queued) - len(_until(begun, imported)))
    table = Table(
        title=about, caption=f"B's first step in the order of arrival, at this run's pace: after {fifo_s:.0f} s"
    )
    for column in ("B's song", "after its import", "of A's meanwhile"):
        table.add_column(column, justify="right" if column != "B's song" else "left")
    for name, event, of_a in (("first step starts", started, begun), ("is published", published, finished)):
        between = len(_until(of_a, event)) - len(_until(of_a, imported))
        did = "first steps started" if of_a is begun else "published"
        table.add_row(name, f"{event.sent - imported.sent:.2f} s", f"{between} {did}")
    Console().print(table)


def _until(events: Sequence[Seen[Event]], end: Seen[Event]) -> list[Seen[Event]]:
    return [one for one in events if one.sent <= end.sent]


if __name__ == "__main__":
    main()
