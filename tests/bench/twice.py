"""The demo song on two machines' worth of clean folders: is every published file the same, byte for byte?"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aik_events.catalogue import StepResult, TrackImported, TrackPublished
from aik_events.log.kafka import KafkaLog
from aik_local.demo.song import chosen
from aik_local.testing import Suite, temporary_folder
from aik_service.objects.s3 import S3Objects
from rich.console import Console
from rich.table import Table

from tests.bench.clean import CleanSuite
from tests.bench.traffic import store_of
from tests.bench.watch import Watch, watching
from tests.e2e.browser import Browser

WITHIN_S = 900.0


@dataclass(frozen=True)
class Run:
    """What one machine made: the sha256 of every artefact by step and name, read from its store."""

    imported: TrackImported
    source: bytes
    made: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Machine:
    """A suite in clean folders: no data, no weights."""

    suite: Suite
    store: S3Objects
    watch: Watch


def main() -> None:
    """On the first machine a client imports the song; on the second that same event is told again, so that the ids,
    which are in the files, are the same, and every step is done anew.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--song", type=Path, help="another song than the demo's")
    content = chosen(parser.parse_args().song).file.read_bytes()
    first = asyncio.run(_imported(content))
    again = asyncio.run(_told_again(first))
    sys.exit(0 if _show(first.made, again.made) else 1)


async def _imported(content: bytes) -> Run:
    async with _machine() as machine:
        browser = Browser(machine.suite.environment["AIK_URL"], "twice")
        asset = await asyncio.to_thread(browser.upload, "song.mp3", content)
        await asyncio.to_thread(
            lambda: browser.import_track(asset, title="Slow Motion Dream", artist="Steven M Bryant")
        )
        return await _run(machine)


async def _told_again(first: Run) -> Run:
    async with _machine() as machine:
        await machine.store.put(first.imported.source.key, first.source, "application/octet-stream")
        log = KafkaLog(machine.suite.environment["AIK_KAFKA"], client_id="twice")
        try:
            await log.append(first.imported)
        finally:
            await log.close()
        return await _run(machine)


@asynccontextmanager
async def _machine() -> AsyncIterator[Machine]:
    with temporary_folder() as folder:
        suite = CleanSuite(folder)
        await asyncio.to_thread(suite.start)
        try:
            async with watching(suite.environment["AIK_KAFKA"]) as watch:
                yield Machine(suite, store_of(suite.environment), watch)
        finally:
            await asyncio.to_thread(suite.stop)


async def _run(machine: Machine) -> Run:
    published: Callable[[Watch], bool] = lambda watch: bool(watch.of(TrackPublished))  # noqa: E731
    await machine.watch.until(published, within_s=WITHIN_S)
    [imported] = machine.watch.of(TrackImported)
    made = {
        (one.event.step, kind): sha256(await machine.store.read(artefact.key)).hexdigest()
        for one in machine.watch.of(StepResult)
        for kind, artefact in one.event.artefacts.items()
    }
    return Run(imported.event, await machine.store.read(imported.event.source.key), made)


def _show(first: Mapping[tuple[str, str], str], again: Mapping[tuple[str, str], str]) -> bool:
    table = Table("step", "file", "sha256, first machine", "second machine")
    for step, name in {**first, **again}:
        one, other = first.get((step, name), "none"), again.get((step, name), "none")
        table.add_row(step, name, one[:16], "the same" if one == other else f"[red]{other[:16]}[/]")
    same = dict(first) == dict(again)
    Console().print(table, "Every file is the same." if same else "[red]They differ.[/]")
    return same


if __name__ == "__main__":
    main()
