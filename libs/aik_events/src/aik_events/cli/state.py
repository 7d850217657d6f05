"""`aik-events state`: what a track's events add up to, now or at any moment before."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from aik_events.cli import printing
from aik_events.cli.history import TrackId, records_of
from aik_events.envelope import Record
from aik_events.holding import Reading
from aik_events.telling.shortened import shortened
from aik_events.telling.stepping import state_after

WIDE = 240


def state(
    track: TrackId,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT", help="After this offset, as @12; at this time; or after the event with this id."
        ),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Every value, with hashes and parameters of engines.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole state as JSON, with every verdict.")] = False,
) -> None:
    """Show the folded state of a track, as it is or as it was: artefacts, steps and engines in one line each.

    What is null, empty, 0 or false is left out.
    """
    records = records_of(track, at)
    if not as_json:
        print_state(Console(highlight=False, width=WIDE), track, records, full=full)
        return
    folded, held = state_after(track, records)
    place = {"topic": records[-1].partition.topic, "partition": records[-1].partition.number}
    whole = {"at": {**place, "offset": records[-1].offset}, "held": [reading.record.offset for reading in held]}
    state = folded.model_dump(mode="json", by_alias=True)
    printing.echo(to_json({**whole, "state": state}, indent=2).decode())


def print_state(console: Console, track: str, records: Sequence[Record], *, full: bool = False) -> None:
    """As a tree, which is never wrapped: it would lose its shape."""
    folded, held = state_after(track, records)
    title = f"{track} after @{records[-1].offset}, {printing.counted(len(records), 'record')}"
    plain = folded.model_dump(mode="json", by_alias=True, exclude={"verdicts"})
    root = _tree(Tree(_text(title, "bold")), plain if full else shortened(plain))
    console.print(_with_held(root, held))


def _text(words: str, style: str = "") -> Text:
    return Text(printing.one_line(words), style=style)


def _with_held(root: Tree, held: Sequence[Reading]) -> Tree:
    for reading in held:
        words = reading.problem or f"waits behind @{held[0].record.offset}"
        root.add(_text(f"held: @{reading.record.offset} {words}", "red"))
    return root


def _tree(branch: Tree, value: Mapping[str, Any]) -> Tree:
    """An object in the store is one line."""
    for name, part in value.items():
        _grow(branch, name, part)
    return branch


def _grow(branch: Tree, name: str, value: Any) -> None:
    if isinstance(value, Mapping) and {"key", "sizeBytes"} <= value.keys():
        hashed = f", sha256 {value['sha256']}" if value.get("sha256") else ""
        branch.add(_text(f"{name}: {value['key']} ({value['sizeBytes']} bytes{hashed})"))
    elif isinstance(value, Mapping):
        _tree(branch.add(_text(name)), value)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for part in value:
            named = part.get("number") or part.get("id") or part.get("step")
            _tree(branch.add(_text(f"{name.removesuffix('s')} {named}")), part)
    elif isinstance(value, list) and name == "steps":
        for part in value:
            branch.add(_text(f"step {part}"))
    else:
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        branch.add(_text(f"{name}: {shown}"))
