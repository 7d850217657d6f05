"""`aik-events schemas`: the JSON Schemas of the catalogue."""

from pathlib import Path
from typing import Annotated

import typer

from aik_events import schemas

app = typer.Typer(help="The JSON Schemas of the catalogue.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `write` a command of its own while it is the only one."""


@app.command("write")
def write(
    folder: Annotated[Path, typer.Argument(help="Where the schemas are checked in.")] = Path("libs/aik_events/schemas"),
) -> None:
    """Write the JSON Schema of every event, as <type>.v<version>.json."""
    written = schemas.write(folder)
    typer.echo("\n".join(f"wrote {folder / name}" for name in written) or f"{folder} is current")
