"""Times of LRC and enhanced LRC files: where they stand in a line, and what they say of its words."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

_TIME = r"(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?"
_LINE_STAMP = re.compile(rf"\[{_TIME}\]")
_WORD_STAMP = re.compile(rf"<{_TIME}>")
_OFFSET = re.compile(r"\[offset:\s*([+-]?\d{1,7})\s*\]", re.IGNORECASE)


@dataclass(frozen=True)
class Stamp:
    """A time of the file, in ms, and the place in a text that it stands before."""

    place: int
    ms: int


@dataclass(frozen=True)
class WordTime:
    """When a word is sung, in ms on the song's clock; `word` counts from 0."""

    word: int
    start_ms: int
    end_ms: int | None = None


def offset_ms(line: str) -> int | None:
    """What an [offset:] tag takes from every time of its file: with more of it the lyrics appear sooner."""
    found = _OFFSET.fullmatch(line)
    return int(found[1]) if found else None


def line_stamps(line: str) -> tuple[list[int], int]:
    """The times at the beginning of a line, in ms, and where it goes on."""
    times: list[int] = []
    at = 0
    while found := _LINE_STAMP.match(line, at):
        times.append(_ms(found))
        at = found.end()
        while at < len(line) and line[at].isspace():
            at += 1
    return times, at


def word_stamps(line: str) -> list[tuple[tuple[int, int], int]]:
    """The times inside of a line: where each of them stands, and its ms."""
    return [(found.span(), _ms(found)) for found in _WORD_STAMP.finditer(line)]


def word_times(words: Sequence[tuple[str, str]], stamps: Sequence[Stamp], offset: int = 0) -> tuple[WordTime, ...]:
    """What the stamps say of these words.

    A stamp is the start of the word after it, or the end of the word before it where no word follows until the next
    stamp. One inside of a word (a syllable's) says nothing here.
    """
    text = "".join(word + after for word, after in words)
    cores = _cores(words)
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    nexts = [stamp.place for stamp in stamps[1:]] + [len(text)]
    for stamp, following in zip(stamps, nexts, strict=True):
        word = bisect_left(cores, stamp.place)
        ms = max(0, stamp.ms - offset)
        if word < len(cores) and cores[word] < following:
            if not _is_said(text[stamp.place : cores[word]]):
                starts.setdefault(word, ms)
        elif word > 0 and not _is_said(text[stamp.place : following]):
            ends[word - 1] = ms
    return tuple(WordTime(word, start, _end(start, ends.get(word))) for word, start in sorted(starts.items()))


def _end(start: int, end: int | None) -> int | None:
    return None if end is None or end < start else end


def _cores(words: Sequence[tuple[str, str]]) -> list[int]:
    """Where the first letter of each word stands."""
    cores: list[int] = []
    at = 0
    for word, after in words:
        cores.append(at + next((n for n, character in enumerate(word) if character.isalnum()), 0))
        at += len(word) + len(after)
    return cores


def _is_said(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _ms(found: re.Match[str]) -> int:
    minutes, seconds, fraction = found[1], found[2], found[3] or "0"
    return (int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
