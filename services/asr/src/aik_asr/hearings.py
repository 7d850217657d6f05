"""One piece of a song, heard more than once: which hearing is believed, and what the others say of its words."""

from collections.abc import Sequence
from dataclasses import replace

from aik_asr.sung import SungWord

_SAME_TIME_S = 0.5  # how far apart the middles of one word may lie in two hearings

Hearing = Sequence[SungWord]


def most_confirmed(hearings: Sequence[Hearing]) -> list[SungWord]:
    """The words of the hearing that the others agree with most, and the share of the others that have each.

    What a model makes up is another thing each time; what is sung stays.
    """
    agreements = [_agreement(n, hearings) for n in range(len(hearings))]
    best = agreements.index(max(agreements))
    others = [hearing for n, hearing in enumerate(hearings) if n != best]
    return [
        replace(word, confirmed=sum(_has(other, word) for other in others) / len(others) if others else None)
        for word in hearings[best]
    ]


def _agreement(n: int, hearings: Sequence[Hearing]) -> float:
    """The mean share of words that one hearing has in common with each other one."""
    others = [hearing for m, hearing in enumerate(hearings) if m != n]
    return sum(_common(hearings[n], other) for other in others) / max(1, len(others))


def _common(one: Hearing, other: Hearing) -> float:
    both = sum(_has(other, word) for word in one) + sum(_has(one, word) for word in other)
    return both / (len(one) + len(other)) if one or other else 1.0


def _has(hearing: Hearing, word: SungWord) -> bool:
    return any(other.letters == word.letters and _near(other, word) for other in hearing)


def _near(one: SungWord, other: SungWord) -> bool:
    return abs((one.start + one.end) - (other.start + other.end)) <= 2 * _SAME_TIME_S
