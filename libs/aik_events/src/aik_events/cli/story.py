"""`aik-events story`: what happened to a track."""

from datetime import UTC
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.text import Text

from aik_events.cli.running import fail, run
from aik_events.log.history import history_of
from aik_events.settings import KafkaSettings
from aik_events.story import Row, story
from aik_events.topics import TRACKS

STYLES = {
    "accepted": "",
    "rejected": "yellow",
    "repeat": "dim",
    "undecodable": "red",
    "waiting": "red",
    "dropped": "dim",
}


def tell(
    track: Annotated[str, typer.Argument(help="The track's id, such as trk_…")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Tell what happened to a track, event by event, in the order of the log."""
    rows = story(track, run(history_of(KafkaSettings().kafka, TRACKS, track)))
    if not rows:
        fail(f"The log has no event of a track {track}.")
    if as_json:
        typer.echo(TypeAdapter(list[Row]).dump_json(rows, indent=2, by_alias=True).decode())
    else:
        _print(track, rows)


def _print(track: str, rows: list[Row]) -> None:
    """One line an event, and below it what it changed: readable at any width."""
    console = Console(highlight=False)
    console.print(f"The story of {track}", style="bold")
    for row in rows:
        time = f"{row.time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] if row.time else " " * 23
        version = f"v{row.version}" if row.version else ""
        # As text, since rich would take a title like "[b]" for its own markup.
        head = f"{time}  @{row.offset:<5} {row.type:<24} {version:<4} {row.step or ''}".rstrip()
        console.print(Text(head), style=STYLES[row.outcome], soft_wrap=True)
        for change in row.changes:
            console.print(Text(f"    {change}"), style=STYLES[row.outcome], soft_wrap=True)
