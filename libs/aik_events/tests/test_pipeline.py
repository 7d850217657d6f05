"""Which steps a job takes, and which of them would be missing."""

import pytest
from aik_events.pipeline import Step, missing_step, steps_at_import, steps_following

ALL = ("separate", "transcribe", "align", "check", "publish")


def test_only_an_import_without_lyrics_transcribes() -> None:
    assert steps_at_import(has_lyrics=False) == ALL
    assert steps_at_import(has_lyrics=True) == ("separate", "align", "check", "publish")


@pytest.mark.parametrize(
    ("named", "steps"),
    [
        (["align"], ("align", "check", "publish")),
        (["transcribe"], ("transcribe", "align", "check", "publish")),
        (["separate"], ("separate", "align", "check", "publish")),
        (["align", "separate"], ("separate", "align", "check", "publish")),
        (["transcribe", "separate"], ALL),
        (["publish"], ("publish",)),
    ],
)
def test_later_steps_follow_but_transcribing_only_when_it_is_named(named: list[str], steps: tuple[str, ...]) -> None:
    assert steps_following(named) == steps


def test_an_unknown_step_cannot_be_named() -> None:
    with pytest.raises(ValueError, match="find-key"):
        steps_following(["find-key"])


def test_every_need_is_made_by_an_earlier_step_or_is_the_source() -> None:
    there = {"source"}
    for step in Step:
        assert step.needs <= there
        there |= step.makes


@pytest.mark.parametrize(
    ("steps", "available", "missing"),
    [
        (ALL, {"source"}, None),
        (("align",), {"vocals", "lyrics"}, None),
        (("align",), {"lyrics"}, "separate"),
        (("align",), {"vocals"}, "transcribe"),
        (("check",), {"vocals", "accompaniment"}, "align"),
        (("find-key", "align"), {"vocals", "lyrics"}, None),
    ],
)
def test_the_step_that_would_make_what_is_missing_is_named(
    steps: tuple[str, ...], available: set[str], missing: str | None
) -> None:
    assert missing_step(steps, available) == missing


RELEASED = {
    "separate": ({"source"}, {"vocals", "accompaniment"}),
    "transcribe": ({"vocals"}, {"lyrics"}),
    "align": ({"vocals", "lyrics"}, {"karaoke"}),
    "check": ({"vocals", "accompaniment", "karaoke"}, {"qc"}),
    "publish": ({"vocals", "accompaniment", "karaoke", "qc"}, set()),
}


def test_what_a_released_step_needs_and_makes_never_changes() -> None:
    """The verdicts on stored events follow from it: a step that needs more is a new step, with a new name."""
    assert {step.value: (set(step.needs), set(step.makes)) for step in Step if step in RELEASED} == RELEASED
