"""What a file's name says of it: the one rule of those who publish files and those who list them."""

from dataclasses import dataclass

CONTENT_TYPES = {
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".json": "application/json",
    ".lrc": "text/plain; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".ass": "text/x-ssa; charset=utf-8",
    ".ttml": "application/ttml+xml",
    ".vtt": "text/vtt; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
"""By suffix. A browser that opens a text in a tab takes it for Latin letters unless it is told."""

KINDS = {
    "lyrics.lrc": "lrc",
    "lyrics.enhanced.lrc": "enhanced-lrc",
    "lyrics.ass": "ass",
    "lyrics.ttml": "ttml",
    "lyrics.vtt": "webvtt",
    "karaoke.html": "page",
}
"""The kind of any other file is its name without the suffix, with hyphens for dots (minus.peaks.json: minus-peaks)."""


@dataclass(frozen=True)
class FileType:
    """`kind` says what is in a file, `format` in which form; no two files of a version have both in common."""

    kind: str
    format: str
    content_type: str


def file_type(name: str) -> FileType:
    stem, dot, suffix = name.rpartition(".")
    kind = KINDS.get(name) or (stem or suffix).replace(".", "-")
    return FileType(kind, suffix if dot else "", CONTENT_TYPES.get(dot + suffix, "application/octet-stream"))
