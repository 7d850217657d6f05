"""What a word's confidence grows with."""

import pytest
from aik_asr.confidence import confidence
from aik_asr.sung import SungWord


def sure(probability: float, confirmed: float | None) -> float:
    return confidence(SungWord(" la", 0.0, 0.5, probability, confirmed=confirmed))


def test_it_is_the_share_of_such_words_that_are_right() -> None:
    found = [sure(probability, confirmed) for confirmed in (0, 0.5, 1, None) for probability in (0.0, 1.0)]
    assert found == pytest.approx([0.15, 0.20, 0.20, 0.75, 0.25, 0.97, 0.10, 0.75])


def test_it_grows_with_the_models_probability_and_with_the_hearings_that_agree() -> None:
    for confirmed in (0.0, 0.5, 1.0, None):
        assert sure(0.2, confirmed) < sure(0.7, confirmed)
    for probability in (0.1, 0.9):
        assert sure(probability, 0) < sure(probability, 0.25) < sure(probability, 0.5) < sure(probability, 1)
