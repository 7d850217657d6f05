"""How far apart two engines put the words of one song."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from aik_audio import clock
from aik_lyrics import Karaoke
from aik_service.differences import Measure, Measurements, Place
from aik_service.step import StepOutput

NEAR_S, CLOSE_S = 0.1, 0.3
"""A start this near looks the same to most; up to this close it is taken for right (`Word.confidence`)."""


@dataclass(frozen=True)
class TimedWord:
    """A word that a document has a start for, and the number of its line, from 1; in ms."""

    text: str
    line: int
    start: int


def times(first: StepOutput, second: StepOutput) -> Measurements:
    """Words are compared by their ids: both documents are of the same lyrics. Times given by hand are left out.

    Places are the words that are more than NEAR_S apart or have a time on one side alone, the farthest first.
    """
    one, other = (Karaoke.from_json(output.files["karaoke"].read_bytes()) for output in (first, second))
    a, b = _timed(one), _timed(other)
    apart = {word: abs(a[word].start - b[word].start) / 1000 for word in a if word in b}
    return Measurements(measures=(*_sides(one, other, a, b), *_between(list(apart.values()))), places=_places(a, b))


def _timed(karaoke: Karaoke) -> dict[str, TimedWord]:
    return {
        word.id: TimedWord(word.text, number, word.start_ms)
        for number, line in enumerate(karaoke.lines, 1)
        for word in line.words
        if word.start_ms is not None and word.timing != "manual"
    }


def _sides(one: Karaoke, other: Karaoke, a: dict[str, TimedWord], b: dict[str, TimedWord]) -> Sequence[Measure]:
    shares = {
        name: [getattr(karaoke.alignment, name, None) for karaoke in (one, other)]
        for name in ("coverage", "confidence")
    }
    return (
        *(Measure(name=name, first=first, second=second) for name, (first, second) in shares.items()),
        Measure(name="words with a time", first=len(a), second=len(b), between=len(a.keys() & b.keys())),
    )


def _between(apart: Sequence[float]) -> Sequence[Measure]:
    """Of the starts that both have."""
    if not apart:
        return ()
    median, most = np.percentile(apart, (50, 95))
    shares = {limit: np.mean(np.array(apart) <= limit) for limit in (NEAR_S, CLOSE_S)}
    return (
        Measure(name="starts apart, median", unit="s", between=round(float(median), 3)),
        Measure(name="starts apart, 95 %", unit="s", between=round(float(most), 3)),
        Measure(name="starts apart, most", unit="s", between=max(apart)),
        *(
            Measure(name=f"starts within {limit} s", unit="share", between=round(float(share), 3))
            for limit, share in shares.items()
        ),
    )


def _places(a: dict[str, TimedWord], b: dict[str, TimedWord]) -> tuple[Place, ...]:
    alone = [word for word in (*a, *b) if (word in a) != (word in b)]
    apart = {word: abs(a[word].start - b[word].start) for word in a if word in b}
    far = sorted((word for word, ms in apart.items() if ms > NEAR_S * 1000), key=lambda word: -apart[word])
    return tuple(_place(a.get(word), b.get(word)) for word in (*far, *alone))


def _place(first: TimedWord | None, second: TimedWord | None) -> Place:
    word = first or second
    where = f"line {word.line}, {word.text}" if word else ""
    return Place(where=where, first=_clock(first), second=_clock(second))


def _clock(word: TimedWord | None) -> str:
    return clock.read(word.start) if word else ""
