"""`aik-events story`: what happened to a track."""

from collections.abc import Sequence
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console

from aik_events.cli import printing
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
        printing.echo(TypeAdapter(list[Row]).dump_json(rows, indent=2, by_alias=True).decode())
        return
    print_rows(Console(highlight=False), track, rows)


def print_rows(console: Console, track: str, rows: Sequence[Row]) -> None:
    """Each trace is named where it begins, and a cause where it is an event of this track."""
    printing.show(console, f"The story of {track}", "bold")
    offsets = {row.id: row.offset for row in reversed(rows)}
    trace = None
    for row in rows:
        if row.trace is not None and row.trace != trace:
            printing.show(console, f"trace {row.trace}", "cyan")
            trace = row.trace
        print_row(console, row, cause=offsets.get(row.cause) if row.cause else None)


def print_row(console: Console, row: Row, *, cause: int | None = None) -> None:
    """One line an event, and below it what it changed: readable at any width."""
    time = stamp(row.time) if row.time else " " * 23
    version = f"v{row.version}" if row.version else ""
    because = f"  ← @{cause}" if cause is not None else ""
    head = f"{time}  @{row.offset:<5} {row.type:<24} {version:<4} {row.step or ''}".rstrip() + because
    printing.show(console, head, STYLES[row.outcome])
    for change in row.changes:
        printing.show(console, f"    {change}", STYLES[row.outcome])
