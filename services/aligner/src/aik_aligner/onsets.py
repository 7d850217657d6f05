"""Word times moved to where the voice starts and ends: an aligner gives a pause to the word after it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from aik_audio.samples import Samples
from aik_audio.voice import frame_levels
from numpy.lib.stride_tricks import sliding_window_view

from aik_aligner.port import Timed

_HOP_S = 0.01
_AROUND_S = 0.5  # before and after a frame: the voice that it is compared with
_BELOW_VOICE_DB = 16.0  # a gap is quieter than this; a word's soft sounds mostly are not
_SHORTEST_GAP_S = 0.05
_TAIL_S = 0.2  # of the word before, which an aligner may count to the next one
_EARLY_S = 0.1  # a voice that starts no longer than this before a word is its own
_LEAD_S = 0.06  # of a word's soft first sounds, which are in the gap
_FARTHEST_S = 0.5
_SHORTEST_WORD_S = 0.06

Gap = tuple[float, float]
"""A quiet stretch, from its start to the onset after it, in s."""


def at_onsets(words: Sequence[Timed], samples: Samples) -> list[Timed]:
    """The words, whose starts never decrease, with starts at the voice's onsets and ends where it falls quiet.

    A start only moves later, and stays inside its word: the order is kept, and no word becomes shorter than 60 ms.
    `samples` are the song's, mono at 16 kHz.
    """
    gaps = _gaps(samples)
    limits = [min(word.end, after.start) for word, after in pairwise(words)] + [word.end for word in words[-1:]]
    starts = [_start(word.start, limit, gaps) for word, limit in zip(words, limits, strict=True)]
    ends = [_end(word, start, gaps) for word, start in zip(_stretched(words, starts), starts, strict=True)]
    return [replace(word, start=start, end=end) for word, start, end in zip(words, starts, ends, strict=True)]


def _gaps(samples: Samples) -> list[Gap]:
    levels = frame_levels(samples, _HOP_S)
    if not levels.size:
        return []
    around = round(_AROUND_S / _HOP_S)
    voice = sliding_window_view(np.pad(levels, around, mode="edge"), 2 * around + 1).max(axis=1)
    quiet = np.concatenate([[False], levels < voice - _BELOW_VOICE_DB, [False]])
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8))) * _HOP_S
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [(start, onset) for start, onset in pairs if onset - start >= _SHORTEST_GAP_S - _HOP_S / 2]


def _start(start: float, limit: float, gaps: Sequence[Gap]) -> float:
    """The onset after the gap that the start lies in or shortly before; the start, if the voice starts with it."""
    begun = any(start - _EARLY_S <= onset <= start for _, onset in gaps)
    gap, onset = next((gap for gap in gaps if gap[1] > start), (start, start))
    moved = max(start, onset - _LEAD_S)
    if begun or gap > start + _TAIL_S or moved > min(limit - _SHORTEST_WORD_S, start + _FARTHEST_S):
        return start
    return moved


def _stretched(words: Sequence[Timed], starts: Sequence[float]) -> list[Timed]:
    """The words, each with the time that the next one has left to it."""
    stretched = [
        replace(word, end=start) if word.start < word.end == after.start else word
        for (word, after), start in zip(pairwise(words), starts[1:], strict=True)
    ]
    return [*stretched, *words[-1:]]


def _end(word: Timed, start: float, gaps: Sequence[Gap]) -> float:
    """Where the last gap before the word's end begins, if little or no voice is heard between them."""
    quiet = [gap for gap, onset in gaps if start < gap < word.end <= onset + _EARLY_S]
    return min(word.end, max(quiet[-1], start + _SHORTEST_WORD_S)) if quiet else word.end
