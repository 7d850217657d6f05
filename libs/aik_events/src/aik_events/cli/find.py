"""`aik-events find`: where something is in the log."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from aik_events.cli import printing
from aik_events.cli.entries import AsJson, Bodies, Client, Topics, Trace, Types, show, topics_of
from aik_events.cli.progress import watching
from aik_events.cli.running import fail, kafka, milliseconds, misused, run, time
from aik_events.log.scan import Watch, Window, partitions_of, scan
from aik_events.telling.entries import Wanted, entry_of


def find(
    trace: Trace = None,
    job: Annotated[str | None, typer.Option(help="About this job.")] = None,
    client: Client = None,
    since: Annotated[str | None, typer.Option(help="Appended at this time or later, or 15m ago.")] = None,
    until: Annotated[str | None, typer.Option(help="Appended before this time.")] = None,
    types: Types = None,
    topics: Topics = None,
    body: Bodies = False,
    as_json: AsJson = False,
) -> None:
    """Find the records that all of these are true of, and say which tracks they are about."""
    wanted = Wanted(types=tuple(types or ()), client=client, trace=trace, job=job)
    window = Window(since_ms=milliseconds(time(since)), until_ms=milliseconds(time(until)))
    if wanted == Wanted() and window == Window():
        misused("Say what to look for: --trace, --job, --client, --type, --since or --until.")
    console, tracks = Console(highlight=False), Counter[str]()

    async def look(watch: Watch) -> None:
        settings = kafka()
        async for stored in scan(settings, await partitions_of(settings, topics_of(topics)), window, watch):
            entry = entry_of(stored)
            if wanted.is_this(entry):
                tracks[entry.track or ""] += 1
                show(console, entry, as_json=as_json, body=body)

    with watching("looking", console) as watch:
        run(look(watch))
    if not tracks:
        fail("The log has nothing like that.")
    if not as_json:
        sum_up(console, tracks)


def sum_up(console: Console, tracks: Mapping[str, int]) -> None:
    events, named = sum(tracks.values()), {track: count for track, count in tracks.items() if track}
    console.print(f"{printing.counted(events, 'event')} of {printing.counted(len(named), 'track')}", style="bold")
    for track, count in named.items():
        printing.show(console, f"    {track}  {count}")
