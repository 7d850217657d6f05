"""Which of two alignments is believed, word by word."""

from aik_aligner.port import Timed
from aik_aligner.settling import settled


def at(*starts: float | None) -> list[Timed | None]:
    return [None if start is None else Timed(start, start + 0.2, 0.9) for start in starts]


def test_sounds_are_believed_where_both_agree_and_where_they_differ_for_a_word_or_two() -> None:
    assert settled(at(1.0, 2.0, 3.0, 4.0), at(1.1, 2.4, 4.0, 4.9)) == at(1.1, 2.4, 4.0, 4.9)


def test_attention_is_believed_where_the_sounds_lead_astray_for_long() -> None:
    assert settled(at(1.0, 2.0, 3.0, 4.0, 5.0), at(1.1, 2.6, 3.7, 4.8, 5.1)) == at(1.1, 2.0, 3.0, 4.0, 5.1)


def test_a_word_that_one_of_them_found_is_there() -> None:
    assert settled(at(1.0, None, None), at(None, 2.0, None)) == at(1.0, 2.0, None)
