"""`aik-events asyncapi`: the contract as documents."""

import json
from pathlib import Path
from typing import Annotated

import typer

from aik_events.catalogue import CATALOGUE
from aik_events.cli.running import fail
from aik_events.cli.schemas import SCHEMAS, AsJson, say_written
from aik_events.documents.asyncapi import document
from aik_events.documents.described import NotDescribed, described
from aik_events.documents.page import page
from aik_events.topics import TOPICS


def write(
    folder: Annotated[Path, typer.Argument(help="Where the documents go.")] = Path("docs"),
    schemas: Annotated[Path, typer.Option(help="Where the schemas are checked in.")] = SCHEMAS,
    golden: Annotated[Path, typer.Option(help="Where the golden bytes are.")] = Path("tests/contract/golden"),
    as_json: AsJson = False,
) -> None:
    """Write asyncapi.json and events.md from the catalogue, its schemas and its golden bytes."""
    try:
        texts = documents(schemas, golden)
    except NotDescribed as error:
        fail(f"{NotDescribed.__doc__} ({error})")
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    say_written([folder / name for name in texts], as_json)


def documents(schemas: Path, golden: Path) -> dict[str, str]:
    """The documents by file name. Raises NotDescribed."""
    events = described(CATALOGUE, schemas, golden)
    asyncapi = json.dumps(document(events, TOPICS), indent=2, ensure_ascii=False) + "\n"
    return {"asyncapi.json": asyncapi, "events.md": page(events, TOPICS)}
