"""A state's JSON as people read it: what says nothing is left out, and what belongs together is one line."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from aik_events.telling.sizes import size

HEX = re.compile(r"(?<![0-9a-z_])([0-9a-f]{8})[0-9a-f]{24,}")
MOST_FILES = 6


def shortened(value: Any) -> Any:
    """Without what is null, empty, 0 or false; an artefact, a step, an engine and a check's result become one line."""
    if isinstance(value, Mapping):
        for fields, line in LINES:
            if fields <= value.keys():
                return line(value)
        if len(value) > MOST_FILES and all(_is_artefact(part) for part in value.values()):
            return f"{len(value)} files ({size(sum(part['sizeBytes'] for part in value.values()))})"
        parts = {name: shortened(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part}
    if isinstance(value, list):
        return [shortened(part) for part in value]
    return value


def _is_artefact(value: Any) -> bool:
    return isinstance(value, Mapping) and {"key", "sizeBytes"} <= value.keys()


def _artefact(value: Mapping[str, Any]) -> str:
    """Long hashes in its key are cut; the source is named as its file was."""
    named = f"{value['filename']}, " if value.get("filename") else ""
    key = HEX.sub(r"\1…", value["key"])
    return f"{named}{key} ({size(value['sizeBytes'])})"


def _step(value: Mapping[str, Any]) -> str:
    """The time that it took, or since when it runs."""
    counts = [f"{name} {value[name]}" for name in ("attempt", "failures", "losses") if value.get(name)]
    return ", ".join([f"{value['step']}: {value['state']}", *counts, *_time(value)])


def _time(value: Mapping[str, Any]) -> Sequence[str]:
    if not value.get("startedAt"):
        return ()
    started = datetime.fromisoformat(value["startedAt"])
    if not value.get("finishedAt"):
        return (f"since {started:%H:%M:%S}",)
    return (f"{(datetime.fromisoformat(value['finishedAt']) - started).total_seconds():.1f} s",)


def _engine(value: Mapping[str, Any]) -> str:
    return f"{value['name']} ({value['version']})"


def _qc(value: Mapping[str, Any]) -> str:
    codes = f" ({', '.join(value['codes'])})" if value.get("codes") else ""
    return f"{value['verdict']} {value['score']:.2f}{codes}"


LINES: Sequence[tuple[set[str], Callable[[Mapping[str, Any]], str]]] = (
    ({"key", "sizeBytes"}, _artefact),
    ({"step", "state"}, _step),
    ({"name", "version", "parameters"}, _engine),
    ({"verdict", "score"}, _qc),
)
"""What is made of a mapping that has these fields."""
