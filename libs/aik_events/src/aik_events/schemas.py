"""The JSON Schemas of the catalogue as files, to be checked in."""

import json
from collections.abc import Iterator
from pathlib import Path

from aik_events.catalogue import EVENTS
from aik_events.event import Event


def file_name(event: type[Event]) -> str:
    return f"{event.TYPE}.v{event.VERSION}.json"


def schema_files() -> Iterator[tuple[str, str]]:
    """Name and text of the schema of every event of the catalogue."""
    for event in EVENTS:
        yield file_name(event), json.dumps(event.json_schema(), indent=2, ensure_ascii=False) + "\n"


def write(folder: Path) -> list[str]:
    """Writes what is new or changed and returns its names; schemas of older versions are left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schema_files():
        file = folder / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            written.append(name)
    return written
