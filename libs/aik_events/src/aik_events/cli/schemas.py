"""`aik-events schemas`: the JSON Schemas of the catalogue, and whether they keep what was released."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from aik_events.catalogue import CATALOGUE
from aik_events.cli.running import fail
from aik_events.contract import release, schemas
from aik_events.contract.terms import Finding
from aik_events.topics import TOPICS

Folder = Annotated[Path, typer.Argument(help="Where the schemas are checked in.")]
Released = Annotated[Path, typer.Option("--released", help="The file of the last release.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
SCHEMAS = Path("libs/aik_events/schemas")
LAST_RELEASE = Path("libs/aik_events/released.json")

app = typer.Typer(help="The JSON Schemas of the catalogue.", no_args_is_help=True)


@app.command("write")
def write(folder: Folder = SCHEMAS, as_json: AsJson = False) -> None:
    """Write the JSON Schema of every event, as <type>.v<version>.json."""
    say_written([folder / name for name in schemas.write(folder)], as_json, nothing=f"{folder} is current")


@app.command("check")
def check(
    folder: Folder = SCHEMAS,
    released: Released = LAST_RELEASE,
    as_json: AsJson = False,
) -> None:
    """Compare the catalogue with its last release; exit status 1 if old records or old readers would not survive."""
    last = _read(released)
    found = release.findings(last, CATALOGUE, TOPICS, folder)
    if as_json:
        typer.echo(json.dumps({"release": last.release, "findings": [asdict(one) for one in found]}, indent=2))
    else:
        typer.echo(report(last, found))
    if found:
        raise typer.Exit(1)


@app.command("release")
def write_release(
    name: Annotated[str, typer.Argument(help="What the release is called, such as 0.2.0.")],
    folder: Folder = SCHEMAS,
    released: Released = LAST_RELEASE,
    as_json: AsJson = False,
) -> None:
    """Make today's catalogue the last release, which `check` compares with. Refused while it finds anything."""
    last = _read(released) if released.exists() else release.FIRST
    found = release.findings(last, CATALOGUE, TOPICS, folder)
    if found:
        fail(report(last, found))
    release.write(release.release_of(release.contract_of(CATALOGUE, TOPICS, last.contract()), name), released)
    say_written([released], as_json)


def say_written(files: Sequence[Path], as_json: bool, *, nothing: str = "") -> None:
    """The files that were written, or that there was nothing to write."""
    lines = "\n".join(f"wrote {file}" for file in files) or nothing
    typer.echo(json.dumps({"wrote": [str(file) for file in files]}) if as_json else lines)


def report(last: release.Release, found: list[Finding]) -> str:
    """A line for each finding, and one that sums up."""
    kept = f"The catalogue keeps release {last.release}: {len(last.versions)} event versions."
    count = "1 change" if len(found) == 1 else f"{len(found)} changes"
    return "\n".join([*map(str, found), f"{count} must not be released." if found else kept])


def _read(file: Path) -> release.Release:
    try:
        return release.read(file)
    except release.Damaged as error:
        fail(f"{release.Damaged.__doc__} ({error})")
