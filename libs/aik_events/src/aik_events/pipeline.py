"""The steps of a job: their order, what each needs and makes, and which of them a job takes."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

EARLIER_KARAOKE = "earlier-karaoke"
"""The karaoke document that an edit started from: what it leaves alone needs no aligning."""


class Step(StrEnum):
    """The steps in the order in which a job takes them, each with the artefacts that it needs and makes.

    What it `takes` it reads where it is there, and does without where it is not.
    """

    needs: frozenset[str]
    makes: frozenset[str]
    takes: frozenset[str]

    def __new__(
        cls, value: str, needs: Iterable[str] = (), makes: Iterable[str] = (), takes: Iterable[str] = ()
    ) -> "Step":
        step = str.__new__(cls, value)
        step._value_ = value
        step.needs = frozenset(needs)
        step.makes = frozenset(makes)
        step.takes = frozenset(takes)
        return step

    SEPARATE = "separate", ("source",), ("vocals", "accompaniment")
    TRANSCRIBE = "transcribe", ("vocals",), ("lyrics",), ("accompaniment",)
    ALIGN = "align", ("vocals", "lyrics"), ("karaoke",), (EARLIER_KARAOKE, "accompaniment")
    CHECK = "check", ("vocals", "accompaniment", "karaoke"), ("qc",)
    PUBLISH = "publish", ("vocals", "accompaniment", "karaoke", "qc"), ()


def steps_at_import(*, has_lyrics: bool) -> tuple[str, ...]:
    return tuple(step.value for step in Step if not (has_lyrics and step is Step.TRANSCRIBE))


def steps_following(named: Iterable[str]) -> tuple[str, ...]:
    """The named steps and everything after the first of them; transcribing only when it is named."""
    wanted = {Step(name) for name in named}
    order = list(Step)
    first = min(order.index(step) for step in wanted)
    return tuple(s.value for s in order[first:] if s is not Step.TRANSCRIBE or s in wanted)


def missing_step(steps: Sequence[str], available: Iterable[str]) -> str | None:
    """The step that would have to be added, since one of these needs what it makes; None when all is there.

    A step that this code has never heard of is taken to need nothing.
    """
    there = set(available)
    for name in steps:
        if name not in set(Step):
            continue
        step = Step(name)
        for kind in sorted(step.needs - there):
            return next((maker.value for maker in Step if kind in maker.makes), kind)
        there |= step.makes
    return None
