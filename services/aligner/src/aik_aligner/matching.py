"""Which letters of a transcript are which letters of the lyrics, when whole stretches of either may be missing."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

_SAME = np.float32(1.0)
_OTHER = np.float32(-0.6)
_GAP_OPENS = np.float32(-2.0)
_GAP_AT_LINE = np.float32(-0.5)  # lines are left out as wholes, and other singing stands between them
_GAP_GROWS = np.float32(-0.05)  # a verse that is left out costs little more than a word
_MOST_CELLS = 64_000_000  # a byte each; more than that is an hour of song

_DIAGONAL, _SKIPS_HEARD, _SKIPS_LYRICS = 0, 1, 2
_CHOICE, _HEARD_OPENS, _LYRICS_OPENS = 3, 4, 8

Pair = tuple[int, int]
"""The place of a letter in what was heard, and in the lyrics."""


def same_letters(heard: str, lyrics: str, line_starts: Collection[int] = ()) -> list[Pair]:
    """The letters that agree in the best global alignment, in order, by Gotoh's algorithm (1982).

    Gaps have affine costs, so that a verse that is not sung, or singing that is not in the lyrics, is one gap and not
    many; gaps that begin with a line are cheaper. Time and memory grow with the product of both lengths; beyond an
    hour of song, gaps cost by the letter.
    """
    if len(heard) * len(lyrics) > _MOST_CELLS:
        return _by_the_letter(heard, lyrics)
    steps = _filled(_codes(heard), _codes(lyrics), _opening_costs(len(lyrics), line_starts))
    return [(row, column) for row, column in _traced(steps) if heard[row] == lyrics[column]]


def _by_the_letter(heard: str, lyrics: str) -> list[Pair]:
    blocks = Levenshtein.opcodes(heard, lyrics)
    return [
        (block.src_start + n, block.dest_start + n)
        for block in blocks
        if block.tag == "equal"
        for n in range(block.src_end - block.src_start)
    ]


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _opening_costs(length: int, line_starts: Collection[int]) -> NDArray[np.float32]:
    """Of a gap before each letter of the lyrics, in them or in what was heard there."""
    costs = np.full(length + 1, _GAP_OPENS, np.float32)
    costs[[start for start in line_starts if start <= length]] = _GAP_AT_LINE
    costs[0] = 0.0
    return costs


def _filled(heard: NDArray[np.uint32], lyrics: NDArray[np.uint32], opens: NDArray[np.float32]) -> NDArray[np.uint8]:
    """For each pair of prefixes how the best alignment of them ends; row and column 0 are the empty ones."""
    growth = _GAP_GROWS * np.arange(lyrics.size + 1, dtype=np.float32)
    steps = np.zeros((heard.size + 1, lyrics.size + 1), np.uint8)
    steps[0] = _SKIPS_LYRICS
    steps[0, 0] = _DIAGONAL | _LYRICS_OPENS
    best = growth.copy()
    skipping = np.full(lyrics.size + 1, -np.inf, np.float32)
    for row, letter in enumerate(heard, start=1):
        opened = best + opens
        skipping = np.maximum(skipping, opened) + _GAP_GROWS
        steps[row] = np.where(skipping == opened + _GAP_GROWS, _HEARD_OPENS, 0)
        matched = np.full(lyrics.size + 1, -np.inf, np.float32)
        matched[1:] = best[:-1] + np.where(lyrics == letter, _SAME, _OTHER)
        closed = np.maximum(matched, skipping)
        choice = np.where(matched >= skipping, _DIAGONAL, _SKIPS_HEARD)
        from_here = closed + opens - growth
        reached = np.maximum.accumulate(from_here)
        steps[row] |= np.where(from_here == reached, _LYRICS_OPENS, 0).astype(np.uint8)
        skipped = np.concatenate([np.full(1, -np.inf, np.float32), reached[:-1] + growth[1:]])
        best = np.maximum(closed, skipped)
        steps[row] |= np.where(closed >= skipped, choice, _SKIPS_LYRICS).astype(np.uint8)
    return steps


def _traced(steps: NDArray[np.uint8]) -> list[Pair]:
    """The pairs of letters that stand under each other, from the last to the first, turned around."""
    pairs: list[Pair] = []
    row, column = steps.shape[0] - 1, steps.shape[1] - 1
    while row and column:
        choice = steps[row, column] & _CHOICE
        if choice == _DIAGONAL:
            row, column = row - 1, column - 1
            pairs.append((row, column))
        elif choice == _SKIPS_HEARD:
            while not steps[row, column] & _HEARD_OPENS:
                row -= 1
            row -= 1
        else:
            column -= 1
            while not steps[row, column] & _LYRICS_OPENS:
                column -= 1
    return pairs[::-1]
