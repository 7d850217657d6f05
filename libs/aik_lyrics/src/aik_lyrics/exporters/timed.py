"""What the timed formats share: the lines that have all their times, and text that stays within its line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aik_lyrics.documents import Direction, Karaoke, Line, Word
from aik_lyrics.words import direction_of

_SPACE = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class TimedWord:
    """A word that is sung; `after` is what stands between it and the next one. Times in ms."""

    text: str
    after: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class TimedLine:
    """A line that is sung, with at least one word. Times in ms."""

    line: Line
    start_ms: int
    end_ms: int
    words: tuple[TimedWord, ...]

    @property
    def text(self) -> str:
        return "".join(word.text + word.after for word in self.words)

    @property
    def direction(self) -> Direction:
        return self.line.dir or direction_of(self.text)


def timed_lines(karaoke: Karaoke) -> list[TimedLine]:
    """The sung lines in the order of their starts; a line that lacks a time has no place in a timed format."""
    lines = [timed for line in karaoke.lines if line.sung and (timed := _timed_line(line))]
    return sorted(lines, key=lambda line: line.start_ms)


def _timed_line(line: Line) -> TimedLine | None:
    words = [timed for word in line.words if (timed := _timed_word(word))]
    if not words or len(words) < len(line.words) or line.start_ms is None or line.end_ms is None:
        return None
    return TimedLine(line, line.start_ms, line.end_ms, tuple(words))


def _timed_word(word: Word) -> TimedWord | None:
    if word.start_ms is None or word.end_ms is None:
        return None
    return TimedWord(one_line(word.text), one_line(word.after), word.start_ms, word.end_ms)


def one_line(text: str) -> str:
    """The text without what would end a line or what no file may hold."""
    return _UNWRITABLE.sub("\ufffd", _SPACE.sub(" ", text))


def singer_order(karaoke: Karaoke) -> dict[str, int]:
    """Every singer's id with its number from 0: those that the document names, then any others as they appear."""
    named: Iterable[str] = (singer.id for singer in karaoke.singers or ())
    ids = [*named, *(singer for line in karaoke.lines for singer in line.singers or ())]
    return {singer: number for number, singer in enumerate(dict.fromkeys(ids))}


def singer_names(karaoke: Karaoke, line: Line) -> str | None:
    """Who sings a line, as a reader should see it; None where nobody is named."""
    names = {singer.id: singer.name or singer.id for singer in karaoke.singers or ()}
    return one_line(" & ".join(names.get(singer, singer) for singer in line.singers or ())) or None


def clock(milliseconds: int) -> str:
    """HH:MM:SS.mmm, as WebVTT and TTML write times."""
    seconds, thousandths = divmod(milliseconds, 1_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}.{thousandths:03d}"
