"""How sure a word of the transcript is: about the share of such words that are right."""

import numpy as np

from aik_asr.sung import SungWord

# Shares of right words at probability 0 and 1, by how many of the other hearings have the word: lines fitted to seven
# songs of the benchmark and held against the others (tests/bench/karaoke --asr).
_CONFIRMED = (0.0, 0.5, 1.0)
_LEAST = (0.15, 0.20, 0.25)
_MOST = (0.20, 0.75, 0.97)
_HEARD_ONCE = (0.10, 0.75)


def confidence(word: SungWord) -> float:
    """0…1, growing with the tool's probability and with the share of the other hearings that have the word."""
    least, most = _HEARD_ONCE
    if word.confirmed is not None:
        least, most = (float(np.interp(word.confirmed, _CONFIRMED, shares)) for shares in (_LEAST, _MOST))
    return least + (most - least) * word.probability
