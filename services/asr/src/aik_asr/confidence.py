"""How sure a word of the transcript is: about the share of such words that are right."""

from aik_asr.sung import SungWord

# From half of the benchmark's songs, held against the other half (tests/bench/karaoke --asr).
_ALONE = (0.1, 0.7)  # of a word that no other hearing has, at probability 0 and 1 …
_CONFIRMED = (0.5, 0.95)  # … and of one that all of them have
_ONLY = (0.05, 0.85)  # of a song that was heard only once


def confidence(word: SungWord) -> float:
    """0…1, growing with the tool's probability and with the share of the other hearings that have the word."""
    if word.confirmed is None:
        return _between(_ONLY, word.probability)
    return _between(
        (_between((_ALONE[0], _CONFIRMED[0]), word.confirmed), _between((_ALONE[1], _CONFIRMED[1]), word.confirmed)),
        word.probability,
    )


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share
