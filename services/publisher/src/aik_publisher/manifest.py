"""manifest.json: every other file of the version with its hash, and everything that decided what is in them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aik_lyrics import Karaoke
from aik_service.file_types import file_type
from aik_service.models import sha256_of
from aik_service.step import EngineIdentity, StepInput

from aik_publisher.files import MANIFEST, SOUNDS


def manifest(
    step: StepInput, karaoke: Karaoke, encoder: EngineIdentity, files: Mapping[str, Path], duration_ms: int
) -> bytes:
    """`files` by name, in an order that stays. No clock is in it: the same version is the same bytes."""
    document = {
        "schemaVersion": 1,
        "trackId": karaoke.track_id,
        "version": karaoke.version,
        "title": step.title,
        "artist": step.artist,
        "durationMs": duration_ms,
        "files": [_file(path, duration_ms) for name, path in files.items() if name != MANIFEST],
        "inputs": {kind: sha256_of(path) for kind, path in sorted(step.files.items())},
        "engines": _in_order({**step.engines, "publish": encoder.document}),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _in_order(engines: Mapping[str, Any]) -> Any:
    """What the log knows comes back from a database in whatever order that likes."""
    return json.loads(json.dumps(engines, sort_keys=True))


def _file(path: Path, duration_ms: int) -> Mapping[str, Any]:
    known = file_type(path.name)
    return {
        "name": path.name,
        "kind": known.kind,
        "format": known.format,
        "contentType": known.content_type,
        "sizeBytes": path.stat().st_size,
        "sha256": sha256_of(path),
        "durationMs": duration_ms if path.name in SOUNDS else None,
    }
