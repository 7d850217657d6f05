"""Pasted text to lines and words: every word that is sung is kept exactly as it was written."""

from collections.abc import Iterable, Mapping

from aik_lyrics.documents import Direction, Hint, Line, Lyrics, Singer, Word
from aik_lyrics.errors import LyricsEmpty, LyricsTooLong
from aik_lyrics.ids import Mint
from aik_lyrics.readings import Reading, read
from aik_lyrics.words import direction_of, tokens, trimmed

MAX_BYTES = 64 * 1024
MAX_LINES = 2_000


def from_text(text: str, mint: Mint, language: str | None = None) -> Lyrics:
    """The lyrics document of a pasted text; blank lines only separate.

    Raises LyricsTooLong and LyricsEmpty.
    """
    song = read(text_lines(text))
    lines = tuple(line_of(reading, mint) for reading in song.lines)
    refuse_empty(lines)
    hints = [hint for line, reading in zip(lines, song.lines, strict=True) for hint in hints_of(line, reading)]
    return Lyrics(
        language=language,
        source_text=text,
        singers=singers_of(lines, song.names),
        hints=tuple(hints) or None,
        hints_from="lrc" if hints else None,
        lines=lines,
    )


def text_lines(text: str) -> list[str]:
    """The trimmed lines of a text that are not blank, without byte order marks; raises LyricsTooLong."""
    if len(text.encode()) > MAX_BYTES:
        raise LyricsTooLong
    lines = [line for raw in text.splitlines() if (line := trimmed(raw))]
    if len(lines) > MAX_LINES:
        raise LyricsTooLong
    return lines


def refuse_empty(lines: Iterable[Line]) -> None:
    """Raises LyricsEmpty where nothing is sung."""
    if not any(line.sung for line in lines):
        raise LyricsEmpty


def line_of(reading: Reading, mint: Mint) -> Line:
    """A new line with new words."""
    line_id = mint()
    text = reading.text
    words = tuple(Word(id=mint(), text=word, after=after) for word, after in tokens(text))
    return Line(
        id=line_id,
        text=text,
        sung=bool(words),
        singers=reading.singers or None,
        role=reading.role,
        dir=dir_of(text),
        written=written_of(reading.written, text),
        words=words,
    )


def dir_of(text: str) -> Direction | None:
    """`rtl` where the first letter is of a script that goes from right to left; None, which is `ltr`, elsewhere."""
    return "rtl" if direction_of(text) == "rtl" else None


def written_of(written: str, text: str) -> str | None:
    """What a line keeps of how it was pasted: nothing where all of that is sung."""
    return written if written != text else None


def hints_of(line: Line, reading: Reading) -> list[Hint]:
    """The times that stand in the written line, for a line that has just its words."""
    if not reading.times or len(line.words) != len(tokens(reading.text)):
        return []
    return [Hint(word_id=line.words[t.word].id, start_ms=t.start_ms, end_ms=t.end_ms) for t in reading.times]


def singers_of(lines: Iterable[Line], names: Mapping[str, str]) -> tuple[Singer, ...] | None:
    """Those with a name that any line refers to, in the order of their first lines."""
    ids = dict.fromkeys(id for line in lines for id in line.singers or ())
    return tuple(Singer(id=id, name=names[id]) for id in ids if id in names) or None


def names_of(lyrics: Lyrics) -> dict[str, str]:
    """The names of the singers of a document, by id."""
    return {singer.id: singer.name for singer in lyrics.singers or () if singer.name}


def written(line: Line) -> str:
    """The line as it was pasted."""
    return line.text if line.written is None else line.written
