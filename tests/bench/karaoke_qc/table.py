"""The table: every song with what the check said of it, and the totals against their goals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

_GOOD_FROM = 0.7
"""The share of words within 0.3 s from which on a song is good: below, its own pipeline has spoiled it."""
_CAUGHT_GOAL, _ALARMS_GOAL = 0.8, 0.1


@dataclass(frozen=True)
class Outcome:
    """`spoiling` is None for a song that nobody spoiled; `near` is the share of its words that are within 0.3 s."""

    song: str
    spoiling: str | None
    near: float | None = None
    expected: frozenset[str] = frozenset()
    verdict: str = ""
    score: float | None = None
    codes: Sequence[str] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def with_verdict(
        self, verdict: str, score: float | None, codes: Sequence[str], numbers: Mapping[str, Any] | None = None
    ) -> "Outcome":
        return replace(self, verdict=verdict, score=score, codes=codes, numbers=numbers or {})

    @property
    def alarmed(self) -> bool:
        return self.verdict != "pass"

    @property
    def caught(self) -> bool:
        """With a fitting code, or refused by the aligner before the check."""
        return self.verdict == "refused" or (self.alarmed and not self.expected.isdisjoint(self.codes))

    @property
    def good(self) -> bool:
        return self.near is not None and self.near >= _GOOD_FROM


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield f"{'song':<16} {'spoiling':<28} {'verdict':<8} {'score':>5}  {'told':<5} codes"
    for one in outcomes:
        score = "" if one.score is None else f"{one.score:.2f}"
        what = one.spoiling or f"– ({one.near or 0:.0%} of the words near)"
        yield f"{one.song:<16} {what:<28} {one.verdict:<8} {score:>5}  {_told(one):<5} {', '.join(one.codes)}"
    yield ""
    yield _totals(outcomes)
    bad = [one for one in outcomes if one.spoiling is None and not one.good]
    told = sum(one.alarmed for one in bad)
    yield f"Songs that nobody spoiled but their words are off: {told} of {len(bad)} told; they are in no total."


def _told(one: Outcome) -> str:
    if one.spoiling is None:
        return ("ALARM" if one.alarmed else "") if one.good else ("yes" if one.alarmed else "no")
    return "yes" if one.caught else "NO"


def _totals(outcomes: Sequence[Outcome]) -> str:
    spoiled = [one for one in outcomes if one.spoiling is not None]
    good = [one for one in outcomes if one.good]
    caught, alarms = sum(one.caught for one in spoiled), sum(one.alarmed for one in good)
    return (
        f"Caught {caught} of {len(spoiled)} spoiled, {caught / max(1, len(spoiled)):.0%} "
        f"(goal ≥ {_CAUGHT_GOAL:.0%}); false alarms {alarms} of {len(good)} good, "
        f"{alarms / max(1, len(good)):.0%} (goal ≤ {_ALARMS_GOAL:.0%})"
    )
