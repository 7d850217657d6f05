"""`aik-events step`: through a track's log, forward and back."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.text import Text

from aik_events.cli.history import TrackId, records_of
from aik_events.cli.story import print_row
from aik_events.telling.shortened import shortened
from aik_events.telling.stepping import Moment, differences, moments, whole
from aik_events.telling.story import Row, settled, waiting

Shown = Callable[[Any], Any]
HELP = "n or Enter: on · p: back · a number: that step · q: out"


def step(
    track: TrackId,
    full: Annotated[bool, typer.Option("--full", help="Every value, with hashes and what is null or 0.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all steps, one JSON object a line.")] = False,
) -> None:
    """Step through a track's log: each event, the verdict on it, and the values of the state that it changed.

    Artefacts, steps and engines are one line each, unless --full or --json is given. Where nobody can answer, all steps
    are printed.
    """
    walk = list(moments(track, records_of(track)))
    console = Console(highlight=False)
    shown = whole if full else shortened
    if as_json:
        for number, moment in enumerate(walk, start=1):
            typer.echo(_json(number, moment))
    elif sys.stdin.isatty():
        _walk(console, walk, shown)
    else:
        for at in range(len(walk)):
            _show(console, walk, at, shown)


def _walk(console: Console, walk: Sequence[Moment], shown: Shown) -> None:
    at: int | None = 0
    while at is not None:
        _show(console, walk, at, shown)
        try:
            answer = console.input(f"[dim]{HELP}[/dim] > ")
        except (EOFError, KeyboardInterrupt):
            return
        at = moved(answer, at, len(walk))


def moved(answer: str, at: int, count: int) -> int | None:
    """Where this answer leads, counted from 0: never out of the log, and None for out of the walk."""
    answer = answer.strip().lower()
    if answer == "q":
        return None
    wanted = {"": at + 1, "n": at + 1, "p": at - 1}.get(answer, int(answer) - 1 if answer.isdecimal() else at)
    return min(max(wanted, 0), count - 1)


def rows(moment: Moment) -> list[Row]:
    """What this record decided; where it is held, that it waits."""
    decided = list(settled(moment))
    return [*decided, waiting(moment.held, moment.reading)] if moment.is_held else decided


def _show(console: Console, walk: Sequence[Moment], at: int, shown: Shown) -> None:
    console.print(f"step {at + 1} of {len(walk)}", style="bold")
    for row in rows(walk[at]):
        print_row(console, row)
    for path, (old, new) in differences(walk[at].before, walk[at].after, shown).items():
        console.print(Text(f"        {_change(path, old, new)}"), style="dim", soft_wrap=True)


def _change(path: str, old: object, new: object) -> str:
    if old is None:
        return f"+ {path}: {new}"
    return f"- {path}: {old}" if new is None else f"{path}: {old} → {new}"


def _json(number: int, moment: Moment) -> str:
    changed = {path: {"from": old, "to": new} for path, (old, new) in differences(moment.before, moment.after).items()}
    told = [row.model_dump(mode="json", by_alias=True) for row in rows(moment)]
    held = [reading.record.offset for reading in moment.held]
    about = {"step": number, "offset": moment.reading.record.offset, "events": told, "changed": changed, "held": held}
    return to_json(about).decode()
