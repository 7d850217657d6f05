"""Artefacts that exist by name only: their hash is the hash of their key."""

from hashlib import sha256

from aik_events.catalogue import Source
from aik_events.event import Artefact

_TYPES = {"flac": "audio/flac", "m4a": "audio/mp4", "json": "application/json", "lrc": "text/plain"}


def artefact(key: str, *, size_bytes: int = 1000) -> Artefact:
    """The content type follows from the ending of the key."""
    return Artefact(
        key=key,
        sha256=sha256(key.encode()).hexdigest(),
        size_bytes=size_bytes,
        content_type=_TYPES.get(key.rpartition(".")[2], "application/octet-stream"),
    )


def source_of(asset_id: str) -> Source:
    return Source(asset_id=asset_id, key=f"assets/{asset_id}/song.flac", filename="song.flac", size_bytes=5_000_000)
