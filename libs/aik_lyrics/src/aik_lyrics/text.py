"""Pasted text to lines and words: every word is kept exactly as it was written."""

import re

from aik_lyrics.documents import Line, Lyrics, Word
from aik_lyrics.errors import LyricsEmpty, LyricsTooLong
from aik_lyrics.ids import Mint

MAX_BYTES = 64 * 1024
MAX_LINES = 2_000

# Han, kana and their iteration marks: scripts written without spaces, where each character is sung as a word.
_UNSPACED = "\u3005-\u3007\u3041-\u3096\u309d-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
_UNSPACED += "\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}][^\w\s]*|[^\s{_UNSPACED}]+")


def from_text(text: str, mint: Mint, language: str | None = None) -> Lyrics:
    """The lyrics document of a pasted text; blank lines only separate.

    Raises LyricsTooLong and LyricsEmpty.
    """
    lines = tuple(line_of(line, mint) for line in text_lines(text))
    return Lyrics(language=language, source_text=text, lines=lines)


def text_lines(text: str) -> list[str]:
    """The trimmed lines of a text that are not blank, without a byte order mark; raises like from_text."""
    if len(text.encode()) > MAX_BYTES:
        raise LyricsTooLong
    lines = [line for raw in text.removeprefix("\ufeff").splitlines() if (line := raw.strip())]
    if not any(is_sung(line) for line in lines):
        raise LyricsEmpty
    if len(lines) > MAX_LINES:
        raise LyricsTooLong
    return lines


def line_of(text: str, mint: Mint) -> Line:
    """A new line with new words; `text` is trimmed and not empty."""
    line_id = mint()
    words = tuple(Word(id=mint(), text=word, after=after) for word, after in tokens(text))
    return Line(id=line_id, text=text, sung=is_sung(text), words=words)


def tokens(text: str) -> list[tuple[str, str]]:
    """The words of a trimmed line, each with what stands between it and the next one; joined they are the line."""
    matches = list(_WORD.finditer(text))
    starts = [match.start() for match in matches[1:]] + [len(text)]
    return [(match.group(), text[match.end() : start]) for match, start in zip(matches, starts, strict=True)]


def is_sung(text: str) -> bool:
    """A line without a letter or a digit (a row of stars, a note sign) has nothing to sing."""
    return any(character.isalnum() for character in text)
