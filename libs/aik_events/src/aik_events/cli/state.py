"""`aik-events state`: what a track's events add up to, now or at any moment before."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from aik_events.cli.history import TrackId, records_of
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
    folded, held = state_after(track, records)
    place = {"topic": records[-1].partition.topic, "partition": records[-1].partition.number}
    whole = {"at": {**place, "offset": records[-1].offset}, "held": [reading.record.offset for reading in held]}
    if as_json:
        typer.echo(to_json({**whole, "state": folded.model_dump(mode="json", by_alias=True)}, indent=2).decode())
        return
    console = Console(highlight=False, width=WIDE)  # A tree is never wrapped: it would lose its shape.
    title = f"{track} after @{records[-1].offset}, {len(records)} records"
    plain = folded.model_dump(mode="json", by_alias=True, exclude={"verdicts"})
    root = _tree(Tree(Text(title, style="bold")), plain if full else shortened(plain))
    console.print(_with_held(root, held))


def _with_held(root: Tree, held: Sequence[Reading]) -> Tree:
    for reading in held:
        words = reading.problem or f"waits behind @{held[0].record.offset}"
        root.add(Text(f"held: @{reading.record.offset} {words}", style="red"))
    return root


def _tree(branch: Tree, value: Mapping[str, Any]) -> Tree:
    """An object in the store is one line."""
    for name, part in value.items():
        _grow(branch, name, part)
    return branch


def _grow(branch: Tree, name: str, value: Any) -> None:
    if isinstance(value, Mapping) and {"key", "sizeBytes"} <= value.keys():
        hashed = f", sha256 {value['sha256']}" if value.get("sha256") else ""
        branch.add(Text(f"{name}: {value['key']} ({value['sizeBytes']} bytes{hashed})"))
    elif isinstance(value, Mapping):
        _tree(branch.add(Text(name)), value)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for part in value:
            named = part.get("number") or part.get("id") or part.get("step")
            _tree(branch.add(Text(f"{name.removesuffix('s')} {named}")), part)
    elif isinstance(value, list) and name == "steps":
        for part in value:
            branch.add(Text(f"step {part}"))
    else:
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        branch.add(Text(f"{name}: {shown}"))
