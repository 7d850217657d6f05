"""Where the vocals are heard, and how well the words' times fit to that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

WINDOW_MS = 50

_BEFORE_MS, _AFTER_MS = 100, 250  # around a word's start, in which the voice must be heard
_NEAR_MS = 300  # a line is held a little before and after its words' times
_SILENCE_DBFS = -55.0
_SILENT_BELOW_DB = 40.0  # what lies so far below the loud parts is nobody's voice …
_VOICED_BELOW_DB = 30.0  # … and what does not, surely is somebody's; between the two is the separator's bleed
_LONGEST_SHIFT_MS, _SHIFT_STEP_MS = 5_000, 100
_SHIFT_GAIN = 0.1  # by how much another place must fit better

Levels = NDArray[np.float64]
"""The voice's level in each 50 ms, in dBFS."""
Span = tuple[int, int]
"""From when to when, in ms."""


@dataclass(frozen=True)
class Voice:
    """The levels of the vocals, and what follows from them."""

    levels: Levels

    @cached_property
    def voiced(self) -> NDArray[np.bool_]:
        """Of each window: whether there surely is a voice in it."""
        return self.levels >= self._below_loud(_VOICED_BELOW_DB)

    @cached_property
    def _silence(self) -> float:
        return self._below_loud(_SILENT_BELOW_DB)

    @property
    def voiced_ms(self) -> int:
        return int(self.voiced.sum()) * WINDOW_MS

    def _below_loud(self, decibels: float) -> float:
        return max(_SILENCE_DBFS, float(np.percentile(self.levels, 95)) - decibels) if self.levels.size else 0.0

    def silent_at(self, start_ms: int) -> bool:
        """Whether no voice is heard around the start of a word."""
        first, last = max(0, start_ms - _BEFORE_MS) // WINDOW_MS, (start_ms + _AFTER_MS) // WINDOW_MS + 1
        return bool(self.levels.size) and self.levels[first:last].max(initial=-np.inf) < self._silence

    def inside(self, spans: Iterable[Span], *, near_ms: int = 0, shift_ms: int = 0) -> NDArray[np.bool_]:
        """Of each window: whether it is in one of the spans, or near to one, when they are moved."""
        mask = np.zeros(self.levels.size, np.bool_)
        for start, end in spans:
            first, last = start - near_ms + shift_ms, end + near_ms + shift_ms
            mask[max(0, first // WINDOW_MS) : max(0, -(-last // WINDOW_MS))] = True
        return mask

    def heard_share(self, span: Span) -> float | None:
        """The share of a span in which a voice is heard."""
        inside = self.voiced[self.inside([span])]
        return float(inside.mean()) if inside.size else None

    def outside(self, lines: Sequence[Span]) -> float:
        """The share of the voice that is near to no line."""
        return float((self.voiced & ~self.inside(lines, near_ms=_NEAR_MS)).sum()) / max(1, int(self.voiced.sum()))

    def fit(self, words: Sequence[Span], shift_ms: int = 0) -> float:
        """How well words and voice cover each other, 0…1 (Dice's coefficient), when the words are moved."""
        mask = self.inside(words, shift_ms=shift_ms)
        both, either = int((mask & self.voiced).sum()), int(mask.sum()) + int(self.voiced.sum())
        return 2 * both / max(1, either)

    def shift_ms(self, words: Sequence[Span]) -> int:
        """How far all words must move to fit clearly better, the nearest of the best places; 0 if they fit here."""
        shifts = range(-_LONGEST_SHIFT_MS, _LONGEST_SHIFT_MS + 1, _SHIFT_STEP_MS)
        best = max(shifts, key=lambda shift: (self.fit(words, shift), -abs(shift)))
        return best if self.fit(words, best) - self.fit(words) >= _SHIFT_GAIN else 0
