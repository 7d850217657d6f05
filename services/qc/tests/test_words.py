"""Which words have times that nobody can sing, and which hang on nothing."""

import pytest
from aik_lyrics import Line
from aik_qc.settings import QcSettings
from aik_qc.testing import karaoke, line, unsung, voice, word
from aik_qc.words import Words, letters, words_of


def measured(*lines: Line) -> Words:
    """With a voice from 1 to 2 s."""
    return words_of(karaoke(*lines), voice(1, 2), QcSettings())


def test_a_word_counts_as_sung_from_a_little_before_the_voice_to_its_end() -> None:
    def share(*starts: int) -> float:
        return measured(line(*(word(at) for at in starts))).in_silence

    assert share(780, 1_000, 1_940, 2_050) == 0.0
    assert share(600, 1_000, 1_940, 2_300) == 0.5


def test_times_given_by_hand_are_not_judged() -> None:
    found = measured(line(word(3_000, 5, timing="manual"), word(3_100, 5, timing="manual")))
    assert (found.in_silence, found.too_short, found.in_fast_lines, found.lines["l"].codes) == (0.0, 0.0, 0.0, ())


@pytest.mark.parametrize(
    ("length_ms", "timing", "share"), [(33, "aligned", 1.0), (34, "aligned", 0.0), (0, "manual", 0)]
)
def test_nobody_sings_more_than_60_letters_a_second(length_ms: int, timing: str, share: float) -> None:
    assert measured(line(word(1_000, length_ms, timing=timing))).too_short == share


def test_words_under_30_ms_are_too_short_whatever_they_are() -> None:
    assert measured(line(word(1_000, 29, text="a"))).too_short == 1.0
    assert measured(line(word(1_000, 30, text="a"))).too_short == 0.0


def test_a_line_of_more_than_30_letters_a_second_is_too_fast() -> None:
    quick = line(word(1_000, 90, text="sixteen"), word(1_100, 90, text="candles"), name="quick")
    found = measured(quick, line(word(1_500, 400)))
    assert (round(found.in_fast_lines, 3), found.lines["quick"].codes) == (
        0.667,
        ("lines-too-fast", "words-too-short")[::-1],
    )


def test_an_ideograph_is_as_long_to_sing_as_three_letters() -> None:
    assert (letters("don't 24"), letters("月が"), letters("…")) == (6, 6, 0)


def test_eight_words_in_a_row_that_were_hardly_found_are_a_run_and_seven_are_not() -> None:
    def share(count: int) -> float:
        weak = [word(1_000 + 50 * n, 50, confidence=0.59) for n in range(count)]
        derived = weak[0].model_copy(update={"timing": "derived", "confidence": None})
        return measured(line(derived, *weak[1:], word(1_900, confidence=0.6))).in_weak_runs

    assert (share(7), round(share(8), 3)) == (0.0, 0.889)


def test_lines_that_nobody_sings_are_told_and_marks_are_not_lines_to_sing() -> None:
    mark = Line(id="m", text="[Chorus]", sung=False, words=())
    found = measured(mark, line(word(1_000)), unsung("u"))
    assert (found.lines_not_sung, found.lines["u"].codes, "m" in found.lines) == (0.5, ("lines-not-sung",), False)


def test_lines_that_were_not_found_have_letters_too_since_agreement_is_a_share_of_all() -> None:
    assert measured(line(word(1_000)), unsung("u")).letters == 4


def test_a_broken_document_is_counted_with_the_line_that_breaks_it() -> None:
    found = measured(line(word(3_950)))
    assert (found.problems, found.count, found.longest_ms, found.lines["l"].codes[0]) == (1, 1, 100, "invariants")
