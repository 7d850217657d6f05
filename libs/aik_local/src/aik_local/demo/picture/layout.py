"""Where everything goes: rows of a few seconds each, and words that do not cover each other."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aik_lyrics.documents import Karaoke, Line, Word

LONGEST_ROW_S = 16
SHORTEST_ROW_S = 4
LANES = 4


@dataclass(frozen=True)
class Label:
    """A word's text, written from `at_s` on in one of the lanes, the first one nearest to the waveform."""

    word: Word
    at_s: float
    lane: int


@dataclass(frozen=True)
class Row:
    """One stretch of the song; words and lines that end in the next row are in both, labels only where they begin."""

    start_s: float
    end_s: float
    words: tuple[Word, ...]
    labels: tuple[Label, ...]
    lines: tuple[Line, ...]


def row_seconds(duration_s: float) -> int:
    """The length of every row: whole seconds, so that the rows are about equally full."""
    count = max(1, math.ceil(duration_s / LONGEST_ROW_S))
    return max(SHORTEST_ROW_S, math.ceil(duration_s / count))


def rows(karaoke: Karaoke, duration_s: float, width_s: Callable[[str], float]) -> list[Row]:
    """`width_s` tells how many seconds of a row a text takes."""
    seconds = row_seconds(duration_s)
    starts = range(0, max(1, math.ceil(duration_s)), seconds)
    return [_row(karaoke, start, start + seconds, width_s) for start in starts]


def _row(karaoke: Karaoke, start_s: float, end_s: float, width_s: Callable[[str], float]) -> Row:
    words = [word for line in karaoke.lines for word in line.words if _touches(word, start_s, end_s)]
    words.sort(key=lambda word: word.start_ms or 0)
    beginning = [word for word in words if word.start_ms is not None and word.start_ms >= start_s * 1000]
    lines = [line for line in karaoke.lines if _touches(line, start_s, end_s)]
    return Row(start_s, end_s, tuple(words), tuple(_labels(beginning, end_s, width_s)), tuple(lines))


def _touches(timed: Word | Line, start_s: float, end_s: float) -> bool:
    if timed.start_ms is None or timed.end_ms is None:
        return False
    return timed.start_ms < end_s * 1000 and (timed.end_ms > start_s * 1000 or timed.start_ms >= start_s * 1000)


def _labels(words: Sequence[Word], end_s: float, width_s: Callable[[str], float]) -> list[Label]:
    """Each in the first lane that is free there, else in the one that is free first; none reaches beyond the row."""
    free = [-math.inf] * LANES
    labels = []
    for word in words:
        width = width_s(word.text)
        at_s = min((word.start_ms or 0) / 1000, end_s - width)
        lane = next((n for n in range(LANES) if free[n] <= at_s), free.index(min(free)))
        free[lane] = at_s + width
        labels.append(Label(word, at_s, lane))
    return labels
