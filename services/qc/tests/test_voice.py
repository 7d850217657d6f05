"""How the words' times fit to the voice."""

import numpy as np
import pytest
from aik_qc.testing import voice
from aik_qc.voice import Voice

LONG = Voice(np.where(np.arange(600) // 40 % 3 == 0, -12.0, -90.0))
"""30 s: two seconds of voice, four of silence, and so on."""
SUNG = [(start, start + 2_000) for start in range(0, 30_000, 6_000)]


def test_words_that_cover_the_voice_and_nothing_else_fit_wholly() -> None:
    assert (LONG.fit(SUNG), LONG.outside(SUNG), LONG.shift_ms(SUNG)) == (1.0, 0.0, 0)


@pytest.mark.parametrize("off", [-2_000, -500, 500, 2_000])
def test_words_that_are_all_too_late_or_early_are_told_by_how_much(off: int) -> None:
    assert LONG.shift_ms([(start + off, end + off) for start, end in SUNG]) == -off


def test_a_few_words_that_are_elsewhere_do_not_move_the_others() -> None:
    assert LONG.shift_ms([*SUNG[:-1], (28_000, 30_000)]) == 0


def test_a_place_that_fits_only_a_little_better_is_no_shift() -> None:
    early = [(start - 100, end - 100) for start, end in SUNG]
    assert (LONG.fit(early) < LONG.fit(SUNG), LONG.shift_ms(early)) == (True, 0)


def test_singing_that_no_line_has_counts_from_300_ms_beside_a_line_on() -> None:
    assert voice(1, 2).outside([(1_000, 1_400)]) == 0.3
    assert voice(1, 2).outside([]) == 1.0


def test_what_is_far_quieter_than_the_voice_is_the_separators_bleed() -> None:
    bleeding = Voice(np.array([-12.0] * 20 + [-45.0] * 20))
    assert (bleeding.voiced_ms, bleeding.silent_at(1_500)) == (1_000, False)
    assert Voice(np.array([-12.0] * 20 + [-54.0] * 20)).silent_at(1_500)


def test_nothing_can_be_said_of_no_sound_at_all() -> None:
    nothing = Voice(np.zeros(0))
    assert (nothing.silent_at(0), nothing.voiced_ms, nothing.outside([]), nothing.fit([])) == (False, 0, 0.0, 0.0)
