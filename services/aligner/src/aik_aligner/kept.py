"""What an edit leaves alone: lines that keep their times, and the stretches of song that the other lines are left."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aik_lyrics import Karaoke, Line, Lyrics, Word

Kept = Mapping[str, Line]
"""Lines with all their times, by id."""


@dataclass(frozen=True)
class Stretch:
    """Lines in a row whose times are wanted, and from when to when in the song they can be sung, in s."""

    lines: Sequence[Line]
    start: float
    end: float


def kept_lines(lyrics: Lyrics, earlier: Karaoke) -> Kept:
    """The lines of the new lyrics whose times are known from the karaoke document before, in their order there.

    A line stays whole when its words are the same. One that was split or merged is put together again from its words'
    times. A line that was moved is not kept: it is sung elsewhere.
    """
    before = {line.id: line for line in earlier.lines}
    places = {word.id: n for n, word in enumerate(word for line in earlier.lines for word in line.words)}
    words = {word.id: word for line in earlier.lines if line.sung for word in line.words}
    known = {
        line.id: kept
        for line in lyrics.lines
        if line.sung and (kept := _kept(line, before.get(line.id), words)) is not None
    }
    in_order = _in_order([(places[line.words[0].id], line.id) for line in known.values()])
    return {line_id: known[line_id] for line_id in in_order}


def stretches(lyrics: Lyrics, kept: Kept) -> Iterator[Stretch]:
    """What is left to align: lines between two kept ones are sung between them."""
    sung = [line for line in lyrics.lines if line.sung]
    marks = [-1, *(n for n, line in enumerate(sung) if line.id in kept), len(sung)]
    for before, after in pairwise(marks):
        lines = sung[before + 1 : after]
        if lines:
            start = _end_s(sung[: before + 1], kept)
            yield Stretch(lines, start, max(start, _start_s(sung[after:], kept)))


def _kept(line: Line, before: Line | None, words: Mapping[str, Word]) -> Line | None:
    """The line with the times that it had, if nothing was done to its words."""
    if before is not None and _same_words(line.words, before.words):
        return line.model_copy(update={name: getattr(before, name) for name in _ALIGNED})
    known = [words.get(word.id) for word in line.words]
    if all(old is not None and _is_same(word, old) for word, old in zip(line.words, known, strict=True)):
        return _put_together(line, [old for old in known if old is not None])
    return None


_ALIGNED = ("start_ms", "end_ms", "sung", "confidence", "words")
"""What the aligner says of a line."""


def _put_together(line: Line, known: Sequence[Word]) -> Line | None:
    """The line from words whose times are known; None where they are not in order."""
    starts = [word.start_ms or 0 for word in known]
    if starts != sorted(starts):
        return None
    words = tuple(old.model_copy(update={"after": word.after}) for word, old in zip(line.words, known, strict=True))
    sure = [word.confidence for word in known if word.confidence is not None]
    return line.model_copy(
        update={
            "start_ms": starts[0],
            "end_ms": max(word.end_ms or 0 for word in known),
            "confidence": round(sum(sure) / len(sure), 3) if sure else None,
            "words": words,
        }
    )


def _same_words(new: Sequence[Word], old: Sequence[Word]) -> bool:
    return len(new) == len(old) and all(
        _is_same(word, known) and word.after == known.after for word, known in zip(new, old, strict=True)
    )


def _is_same(new: Word, old: Word) -> bool:
    """Times given by hand are the same only if they were the same before."""
    by_hand = [(word.start_ms, word.end_ms) if word.timing == "manual" else None for word in (new, old)]
    given, had = by_hand
    moved = given != had and (given is None or had is None or given[0] != had[0] or given[1] not in (None, had[1]))
    return (new.id, new.text) == (old.id, old.text) and not moved


def _in_order(places: Sequence[tuple[int, str]]) -> list[str]:
    """The ids of the longest row of lines that stand in the order that they had: the others were moved."""
    ends: list[int] = []
    rows: list[int] = []
    before: list[int | None] = []
    for n, (place, _) in enumerate(places):
        length = bisect_right(ends, place)
        before.append(rows[length - 1] if length else None)
        ends[length : length + 1] = [place]
        rows[length : length + 1] = [n]
    row: list[str] = []
    at = rows[-1] if rows else None
    while at is not None:
        row.append(places[at][1])
        at = before[at]
    return row[::-1]


def _end_s(lines: Sequence[Line], kept: Kept) -> float:
    """When the last of these lines that has times is over."""
    ends = [kept[line.id].end_ms for line in lines if line.id in kept]
    return max((end / 1000 for end in ends if end is not None), default=0.0)


def _start_s(lines: Sequence[Line], kept: Kept) -> float:
    starts = [kept[line.id].start_ms for line in lines if line.id in kept]
    return next((start / 1000 for start in starts if start is not None), float("inf"))
