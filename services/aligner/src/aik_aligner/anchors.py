"""Where the lyrics and a rough transcript say the same: points that tie the text to the time."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aik_aligner.matching import Pair, same_letters
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


def letter_times(word: str, timed: Timed) -> list[float]:
    """When each letter begins, if they are all equally long."""
    return [timed.start + n * (timed.end - timed.start) / len(word) for n in range(len(word))]


def letters(text: str) -> str:
    """What is compared: letters and digits, without case, accents and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def anchors(lyrics: str, heard: Sequence[tuple[str, Timed]], line_starts: Sequence[int] = ()) -> list[Anchor]:
    """An anchor for every letter in a run that agrees and can be true, in order.

    `lyrics` is letters(all lines), and a line begins at each of `line_starts`. A transcript that repeats itself or
    skips is not believed: words and runs that would be sung faster than anybody can are left out.
    """
    spelled = [(letters(text), timed) for text, timed in heard]
    sung = [(word, timed) for word, timed in spelled if len(word) <= FASTEST_LETTERS_PER_S * (timed.end - timed.start)]
    pairs = same_letters("".join(word for word, _ in sung), lyrics, line_starts)
    times = [time for word, timed in sung for time in letter_times(word, timed)]
    words = [n for n, (word, _) in enumerate(sung) for _ in word]
    runs: list[list[Anchor]] = []
    for block in _blocks(pairs):
        for n, (place, position) in enumerate(block):
            if n == 0 or words[place] != words[place - 1]:
                runs.append([])
            runs[-1].append(Anchor(position, times[place]))
    return [anchor for run in _believed([tuple(run) for run in runs]) for anchor in run]


def _blocks(pairs: Sequence[Pair]) -> Iterator[Sequence[Pair]]:
    """Letters in a row that agree, where there are enough of them."""
    start = 0
    for n in range(1, len(pairs) + 1):
        if n == len(pairs) or pairs[n] != (pairs[n - 1][0] + 1, pairs[n - 1][1] + 1):
            if n - start >= _SHORTEST_RUN:
                yield pairs[start:n]
            start = n


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
