"""Two ways of aligning the same words, and which of them is believed."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from aik_aligner.port import Timed

Times = Sequence[Timed | None]
"""Of words in a row; None for those that were not found."""

_AGREE_S = 0.5
_DERAILED = 3  # words in a row that both place differently: there the sounds have led astray

Both = tuple[Timed | None, Timed | None]


def settled(by_attention: Times, by_sound: Times) -> list[Timed | None]:
    """One time for each word that one of them found.

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
        yield attended if astray and len(run) >= _DERAILED else sound or attended
