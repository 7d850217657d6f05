"""Two ways of aligning the same words: which of them is believed, and how far."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from aik_aligner.port import Timed

Times = Sequence[Timed | None]
"""Of words in a row; None for those that were not found."""

_AGREE_S = 0.5
_DERAILED = 4  # words in a row that both place differently: there the sounds have led astray

# Shares of words that are within 0.3 s of their true start, by how far the two ways are apart and how well the sounds
# fit, as measured with songs whose word times are known (make bench-karaoke).
_APART_S, _RIGHT = (0.05, 0.2, 0.4, 0.75, 1.5, 5.0), (0.99, 0.97, 0.88, 0.75, 0.6, 0.3)
_FIT, _AS_RIGHT = (0.0, 0.5, 0.9, 0.97), (0.5, 0.75, 0.95, 1.0)
_LEAST_ATTENDED, _MOST_ATTENDED = 0.83, 0.92  # by Whisper's own probability, where it is all there is

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
        believed = attended if sound is None or (astray and len(run) >= _DERAILED) else sound
        yield believed and replace(believed, confidence=_confidence(attended, sound))


def _confidence(attended: Timed | None, sound: Timed | None) -> float:
    if sound is None:
        probability = 0.0 if attended is None else attended.confidence
        return _LEAST_ATTENDED + (_MOST_ATTENDED - _LEAST_ATTENDED) * probability
    apart = _AGREE_S if attended is None else abs(attended.start - sound.start)
    return float(np.interp(apart, _APART_S, _RIGHT) * np.interp(sound.confidence, _FIT, _AS_RIGHT))
