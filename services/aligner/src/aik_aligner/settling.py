"""Two ways of aligning the same words: which of them is believed, and how far."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from aik_aligner.port import Timed

Times = Sequence[Timed | None]
"""Of words in a row; None for those that were not found."""

_AGREE_S = 0.5
_DERAILED = 3  # words in a row that both place differently: there the sounds have led astray

# Shares of words that are within 0.3 s of their true start, by how far the two ways are apart and how well the sounds
# fit, as measured with songs whose word times are known (make bench-karaoke).
_APART_S, _RIGHT = (0.05, 0.2, 0.4, 0.75, 1.5, 5.0), (0.99, 0.97, 0.88, 0.75, 0.6, 0.3)
_FIT, _AS_RIGHT = (0.0, 0.5, 0.9, 0.97), (0.5, 0.75, 0.95, 1.0)

Both = tuple[Timed | None, Timed | None]


def settled(by_attention: Times, by_sound: Times) -> list[Timed | None]:
    """One time for each word that one of them found, and how likely it is right.

    Sounds tell best when a word begins, so they are believed, but not where attention says otherwise for long: it knows
    better which words are sung at all.
    """
    words = zip(by_attention, by_sound, strict=True)
    return [timed for astray, run in groupby(words, _differ) for timed in _one(list(run), astray=astray)]


def _differ(both: Both) -> bool:
    attended, sound = both
    return attended is not None and sound is not None and abs(attended.start - sound.start) >= _AGREE_S


def _one(run: Sequence[Both], *, astray: bool) -> Iterator[Timed | None]:
    for attended, sound in run:
        if attended is None or sound is None:
            yield attended or sound
        else:
            believed = attended if astray and len(run) >= _DERAILED else sound
            yield replace(believed, confidence=_confidence(attended, sound))


def _confidence(attended: Timed, sound: Timed) -> float:
    right = np.interp(abs(attended.start - sound.start), _APART_S, _RIGHT)
    return float(right * np.interp(sound.confidence, _FIT, _AS_RIGHT))
