"""Which of two alignments is believed, word by word."""

from aik_aligner.port import Timed
from aik_aligner.settling import settled


def at(*starts: float | None, confidence: float = 0.9) -> list[Timed | None]:
    return [None if start is None else Timed(start, start + 0.2, confidence) for start in starts]


def starts(times: list[Timed | None]) -> list[float | None]:
    return [None if timed is None else timed.start for timed in times]


def test_sounds_are_believed_where_both_agree_and_where_they_differ_for_a_few_words() -> None:
    found = settled(at(1.0, 2.0, 3.0, 4.0), at(1.1, 2.6, 4.0, 4.9))
    assert starts(found) == [1.1, 2.6, 4.0, 4.9]


def test_attention_is_believed_where_the_sounds_lead_astray_for_long() -> None:
    found = settled(at(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), at(1.1, 2.6, 3.7, 4.8, 5.6, 6.1))
    assert starts(found) == [1.1, 2.0, 3.0, 4.0, 5.0, 6.1]


def test_a_word_that_one_of_them_found_is_there_and_less_sure() -> None:
    found = settled(at(1.0, None, None), at(None, 2.0, None, confidence=0.99))
    assert starts(found) == [1.0, 2.0, None]
    assert all(0.6 < timed.confidence < 0.95 for timed in found if timed is not None)


def test_confidence_falls_the_further_they_are_apart_and_the_worse_the_sounds_fit() -> None:
    near, apart, far = settled(at(1.0, 2.0, 3.0), at(1.0, 2.3, 3.6, confidence=0.99))
    [unlike] = settled(at(1.0), at(1.0, confidence=0.3))
    sure = [timed.confidence for timed in (near, apart, far, unlike) if timed is not None]
    assert sure[0] > 0.98
    assert sure[0] > sure[1] > sure[2] > 0.7 > sure[3]
