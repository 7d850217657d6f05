"""Forced alignment of letters: the likeliest way through what a CTC model hears (Graves et al., ICML 2006)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

Emissions = NDArray[np.float32]
"""Log probabilities, a row a frame, a column a label."""


@dataclass(frozen=True)
class Emitted:
    """When a letter is heard, in frames, the end not included; it may last until the next one is heard.

    `score` is the mean probability of the letter in the frames that have it, 0…1.
    """

    start: int
    end: int
    score: float


def aligned(
    emissions: Emissions, lines: Sequence[Sequence[int]], blank: int, *, left_out: float | None = None
) -> list[Sequence[Emitted] | None]:
    """When each label of each line is heard, in order; None for a line that is left out or empty.

    `left_out` is how likely a line is not there at all, 0…1; None if all of them are. Where the frames are too few for
    the labels, no line has times. Time and memory grow with frames times labels: 2 bytes each.
    """
    asked = [line for line in lines if line]
    if not asked:
        return [None] * len(lines)
    trellis = _Trellis([label for line in asked for label in line], blank, len(emissions))
    ends = list(accumulate((len(line) for line in asked), initial=0))
    states = trellis.best(emissions, np.array(ends) * 2, None if left_out is None else float(np.log(left_out)))
    heard = _emitted(emissions, trellis.labels, states)
    found = iter([_line(heard, begin, end) for begin, end in pairwise(ends)])
    return [next(found) if line else None for line in lines]


class _Trellis:
    """Blank, first label, blank, second label, … blank: a state each."""

    def __init__(self, labels: Sequence[int], blank: int, frames: int) -> None:
        self.labels = np.full(2 * len(labels) + 1, blank)
        self.labels[1::2] = labels
        self._direct = np.zeros(len(self.labels), bool)  # where the blank before a label may be stepped over
        self._direct[3::2] = self.labels[3::2] != self.labels[1:-2:2]
        self._steps = np.zeros((frames, len(self.labels)), np.int8)  # how many states it came from before

    def best(self, emissions: Emissions, between: NDArray[np.int64], left_out: float | None) -> Sequence[int]:
        """The likeliest state of each frame; none if no way leads to the end. `between` are blanks between lines."""
        if not len(emissions):
            return ()
        origins = np.tile(np.arange(len(between)), (len(emissions), 1))
        score = np.full(len(self.labels), -np.inf)
        score[:2] = 0.0
        for n, frame in enumerate(emissions):
            if n:
                score = self._stepped(n, score)
            score = score + frame[self.labels]
            if left_out is not None:
                score[between], origins[n] = _over_lines(score[between], left_out)
        if not np.isfinite(score[-2:]).any():
            return ()
        return self._back(
            len(score) - 2 + int(np.argmax(score[-2:])), {int(at): n for n, at in enumerate(between)}, between, origins
        )

    def _stepped(self, n: int, score: NDArray[np.float64]) -> NDArray[np.float64]:
        ways = np.full((3, len(score)), -np.inf)
        ways[0] = score
        ways[1, 1:] = score[:-1]
        ways[2, 2:][self._direct[2:]] = score[:-2][self._direct[2:]]
        self._steps[n] = ways.argmax(axis=0)
        best: NDArray[np.float64] = ways.max(axis=0)
        return best

    def _back(
        self, state: int, numbers: dict[int, int], between: NDArray[np.int64], origins: NDArray[np.int64]
    ) -> list[int]:
        states: list[int] = []
        for n in range(len(origins) - 1, -1, -1):
            if state in numbers:
                state = int(between[origins[n, numbers[state]]])
            states.append(state)
            state -= int(self._steps[n, state])
        return states[::-1]


def _over_lines(score: NDArray[np.float64], left_out: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The blanks between lines after any number of lines that are left out, and which blank each was reached from."""
    numbers = np.arange(len(score))
    level = score - left_out * numbers
    highest = np.maximum.accumulate(level)
    origins = np.maximum.accumulate(np.where(level >= highest, numbers, 0))
    return highest + left_out * numbers, origins


def _emitted(emissions: Emissions, labels: NDArray[np.int64], states: Sequence[int]) -> dict[int, Emitted]:
    """By the label's number in the row of all."""
    heard: dict[int, Emitted] = {}
    for number, start, end in _runs(states):
        probabilities = np.exp(emissions[start:end, labels[2 * number + 1]])
        heard[number] = Emitted(start, end, float(probabilities.mean()))
    return heard


def _runs(states: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    start = 0
    for n in range(1, len(states) + 1):
        if n == len(states) or states[n] != states[start]:
            if states[start] % 2:
                yield states[start] // 2, start, n
            start = n


def _line(heard: dict[int, Emitted], begin: int, end: int) -> Sequence[Emitted] | None:
    """A line is there as a whole or not at all."""
    found = [heard[number] for number in range(begin, end) if number in heard]
    return found if len(found) == end - begin else None
