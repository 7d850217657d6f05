"""Lyrics text and karaoke documents: tokens, lines, invariants, edits, exporters."""

from aik_lyrics.documents import AlignedBy, Alignment, Karaoke, Line, Lyrics, Word, untimed
from aik_lyrics.errors import LyricsError
from aik_lyrics.ids import Mint, minted_by
from aik_lyrics.text import from_text

__all__ = [
    "AlignedBy",
    "Alignment",
    "Karaoke",
    "Line",
    "Lyrics",
    "LyricsError",
    "Mint",
    "Word",
    "from_text",
    "minted_by",
    "untimed",
]
