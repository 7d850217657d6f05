"""The JSON Schemas of the catalogue as files, to be checked in."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aik_events.catalogue import CATALOGUE, Catalogue
from aik_events.catalogue.versions import Reading


def file_name(type_: str, version: int) -> str:
    return f"{type_}.v{version}.json"


def text_of(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def schema_of(reading: Reading, folder: Path) -> dict[str, Any] | None:
    """The schema of an event version: the code's, or of an older version the file's, which has no class any more."""
    if reading.version == reading.event.VERSION:
        return reading.event.json_schema()
    file = folder / file_name(reading.event.TYPE, reading.version)
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else None


def schema_files(catalogue: Catalogue = CATALOGUE) -> Iterator[tuple[str, str]]:
    """Name and text of the schema of every event of the catalogue, in its newest version."""
    for event in catalogue.events:
        yield file_name(event.TYPE, event.VERSION), text_of(event.json_schema())


def write(folder: Path, catalogue: Catalogue = CATALOGUE) -> list[str]:
    """Writes what is new or changed and returns its names; schemas of older versions are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schema_files(catalogue):
        file = folder / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            written.append(name)
    return written
