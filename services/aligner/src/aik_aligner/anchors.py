"""Where the lyrics and a rough transcript say the same: points that tie the text to the time."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from aik_aligner.port import Timed

FASTEST_LETTERS_PER_S = 40.0  # of voice; the fastest rap stays below 25
_SLOWEST_LETTERS_PER_S = 3.0
_HELD_S = 4.0  # a note may be held this long, whatever the tempo
_SLOW_COSTS = 15  # letters that must agree to believe that something is sung which is not in the lyrics
_LOOK_BACK = 200  # words; bounds the search
_SHORTEST_RUN = 4  # letters in a row that must agree: fewer agree by chance


@dataclass(frozen=True)
class Anchor:
    """A letter of the lyrics, counted over all lines, and when it is sung on the caller's clock, in s."""

    position: int
    time: float


Run = tuple[Anchor, ...]
"""Letters in a row that agree, of one word that was heard."""


def letters(text: str) -> str:
    """What is compared: letters and digits, without case, accents and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def anchors(lyrics: str, heard: Sequence[tuple[str, Timed]]) -> list[Anchor]:
    """An anchor for every letter in a run that agrees and can be true, in order.

    `lyrics` is letters(all lines). A transcript that repeats itself or skips is not believed: words and runs that
    would be sung faster than anybody can are left out.
    """
    spelled = [(letters(text), timed) for text, timed in heard]
    sung = [(word, timed) for word, timed in spelled if len(word) <= FASTEST_LETTERS_PER_S * (timed.end - timed.start)]
    runs = [
        run
        for block in Levenshtein.opcodes("".join(word for word, _ in sung), lyrics)
        if block.tag == "equal" and block.src_end - block.src_start >= _SHORTEST_RUN
        for run in _runs(sung, block.src_start, block.src_end, block.dest_start - block.src_start)
    ]
    return [anchor for run in _believed(runs) for anchor in run]


def _runs(heard: Sequence[tuple[str, Timed]], start: int, end: int, shift: int) -> Iterator[Run]:
    """The heard letters from `start` to `end`, word by word, each at its place in the lyrics: `shift` letters on."""
    first = 0
    for word, timed in heard:
        each = (timed.end - timed.start) / max(1, len(word))
        inside = range(max(start, first), min(end, first + len(word)))
        if inside:
            yield tuple(Anchor(n + shift, timed.start + (n - first) * each) for n in inside)
        first += len(word)


def _believed(runs: Sequence[Run]) -> list[Run]:
    """The chain of runs with the most letters that can be sung one after the other."""
    start: Run = (Anchor(0, 0.0),)
    best: list[tuple[float, int]] = []
    for n, run in enumerate(runs):
        options = [(-_cost(start, run), -1)] + [
            (best[k][0] - _cost(runs[k], run), k) for k in range(max(0, n - _LOOK_BACK), n)
        ]
        score, before = max(options)
        best.append((score + len(run), before))
    chain: list[Run] = []
    at = max(range(len(best)), key=lambda n: best[n][0], default=-1)
    while at >= 0 and best[at][0] > 0:
        chain.append(runs[at])
        at = best[at][1]
    return chain[::-1]


def _cost(run: Run, after: Run) -> float:
    between = after[0].position - run[-1].position
    seconds = after[0].time - run[-1].time
    if between > FASTEST_LETTERS_PER_S * seconds + _SHORTEST_RUN:
        return float("inf")
    return _SLOW_COSTS if seconds > _HELD_S + between / _SLOWEST_LETTERS_PER_S else 0.0
