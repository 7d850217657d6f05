"""`aik-events story`: what happened to a track."""

from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.text import Text

from aik_events.cli.entries import stamp
from aik_events.cli.history import TrackId, records_of
from aik_events.telling.story import Row, story

STYLES = {
    "accepted": "",
    "rejected": "yellow",
    "repeat": "dim",
    "undecodable": "red",
    "waiting": "red",
    "dropped": "dim",
}


def tell(
    track: TrackId,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Tell what happened to a track, event by event, in the order of the log."""
    rows = story(track, records_of(track))
    if as_json:
        typer.echo(TypeAdapter(list[Row]).dump_json(rows, indent=2, by_alias=True).decode())
        return
    console = Console(highlight=False)
    console.print(f"The story of {track}", style="bold")
    _print(console, rows)


def _print(console: Console, rows: Sequence[Row]) -> None:
    """Each trace is named where it begins, and a cause where it is an event of this track."""
    offsets = {row.id: row.offset for row in reversed(rows)}
    trace = None
    for row in rows:
        if row.trace is not None and row.trace != trace:
            console.print(Text(f"trace {row.trace}"), style="cyan", soft_wrap=True)
            trace = row.trace
        print_row(console, row, cause=offsets.get(row.cause) if row.cause else None)


def print_row(console: Console, row: Row, *, cause: int | None = None) -> None:
    """One line an event, and below it what it changed: readable at any width."""
    time = stamp(row.time) if row.time else " " * 23
    version = f"v{row.version}" if row.version else ""
    because = f"  ← @{cause}" if cause is not None else ""
    # As text, since rich would take a title like "[b]" for its own markup.
    head = f"{time}  @{row.offset:<5} {row.type:<24} {version:<4} {row.step or ''}".rstrip() + because
    console.print(Text(head), style=STYLES[row.outcome], soft_wrap=True)
    for change in row.changes:
        console.print(Text(f"    {change}"), style=STYLES[row.outcome], soft_wrap=True)
