"""The files of a version: what is published and what it is made of; kinds follow from the names (aik_service)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aik_lyrics import Karaoke
from aik_lyrics.exporters.ass import to_ass
from aik_lyrics.exporters.html import to_html
from aik_lyrics.exporters.lrc import to_enhanced_lrc, to_lrc
from aik_lyrics.exporters.ttml import to_ttml
from aik_lyrics.exporters.ultrastar import to_ultrastar
from aik_lyrics.exporters.webvtt import to_webvtt
from aik_service.file_types import file_type

SOUNDS = {
    "minus.flac": "minus",
    "minus.m4a": "minus",
    "minus.peaks.json": "minus",
    "vocals.flac": "vocals",
    "vocals.m4a": "vocals",
    "vocals.peaks.json": "vocals",
    "mix.flac": "mix",
    "mix.m4a": "mix",
}
"""The sound that each is made of."""

LENGTH = "length.json"
"""Not published: how long the sounds are, kept beside them."""

KARAOKE, MANIFEST = "karaoke.json", "manifest.json"


@dataclass(frozen=True)
class Song:
    """What texts are made of; `minus` is the published file that the page plays."""

    karaoke: Karaoke
    title: str | None
    artist: str | None
    minus: Path


def _page(song: Song) -> str:
    """The only file for which another one is held in memory."""
    audio, content_type = song.minus.read_bytes(), file_type(song.minus.name).content_type
    return to_html(song.karaoke, audio, content_type, song.title or "Karaoke", song.artist or "")


TEXTS: Mapping[str, Callable[[Song], str]] = {
    "lyrics.lrc": lambda song: to_lrc(song.karaoke, title=song.title, artist=song.artist),
    "lyrics.enhanced.lrc": lambda song: to_enhanced_lrc(song.karaoke, title=song.title, artist=song.artist),
    "lyrics.ass": lambda song: to_ass(song.karaoke, title=song.title),
    "lyrics.ttml": lambda song: to_ttml(song.karaoke, title=song.title, artist=song.artist),
    "lyrics.vtt": lambda song: to_webvtt(song.karaoke, title=song.title),
    "ultrastar.txt": lambda song: to_ultrastar(song.karaoke, title=song.title, artist=song.artist),
    "karaoke.html": _page,
}

FILES = (*SOUNDS, KARAOKE, *TEXTS, MANIFEST)
