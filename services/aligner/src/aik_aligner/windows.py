"""A song in windows that a wav2vec2 model hears at once, and what it hears there put together."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from aik_aligner.ctc import Emissions

FRAME = 320
"""Samples from one frame to the next, of every wav2vec2 model."""
SHORTEST = 400
"""Samples of one frame; of n frames, n - 1 times FRAME more."""

_WINDOW = 1499 * FRAME + SHORTEST  # 30 s at once …
_NEXT = 1300 * FRAME  # … each 4 s into the one before

Window = tuple[int, int]
"""A stretch of samples, its end not included."""


def windows_of(length: int) -> list[Window]:
    """Of so many samples, the length of a whole number of frames. The last window may overlap more than the others.

    All are as long as one another: none is padded, since the model would hear that.
    """
    last = max(0, length - _WINDOW)
    return [(start, min(start + _WINDOW, length)) for start in [*range(0, last, _NEXT), last]]


def joined(heard: Sequence[Emissions], windows: Sequence[Window]) -> Emissions:
    """Every frame once: each window's frames up to the middle of its overlap with the next one."""
    starts = [start // FRAME for start, _ in windows]
    stops = [start + len(one) for start, one in zip(starts, heard, strict=True)]
    middles = [(after + stop) // 2 for (_, after), stop in zip(pairwise(starts), stops, strict=False)]
    borders = zip([0, *middles], [*middles, stops[-1]], strict=True)
    return np.concatenate([one[a - at : b - at] for one, at, (a, b) in zip(heard, starts, borders, strict=True)])
