"""Which of several hearings is believed."""

from aik_asr.hearings import most_confirmed
from aik_asr.sung import SungWord


def hearing(text: str, *, start: float = 0.0, confirmed: float | None = None) -> list[SungWord]:
    """Half a second a word."""
    return [
        SungWord(f" {word}", start + n / 2, start + n / 2 + 0.4, 0.9, confirmed=confirmed)
        for n, word in enumerate(text.split())
    ]


def test_the_hearing_that_the_others_agree_with_is_believed() -> None:
    made_up, sung, nearly = hearing("so so so so"), hearing("the river runs away"), hearing("the river ran away")
    believed = most_confirmed([made_up, sung, nearly])
    assert [word.text for word in believed] == [" the", " river", " runs", " away"]
    assert [word.confirmed for word in believed] == [0.5, 0.5, 0.0, 0.5]


def test_the_first_of_equally_good_hearings_is_believed() -> None:
    assert most_confirmed([hearing("one two"), hearing("one too")])[1].text == " two"


def test_a_word_is_confirmed_whatever_its_case_and_signs_but_not_at_another_time() -> None:
    [word] = most_confirmed([hearing("Hello,"), hearing("hello", start=0.4), hearing("hello", start=1.0)])
    assert word.confirmed == 0.5


def test_a_word_is_confirmed_however_its_accents_are_encoded_but_not_by_another_letter() -> None:
    composed, decomposed = hearing("caf\u00e9"), hearing("cafe\u0301")
    [word] = most_confirmed([composed, decomposed, hearing("cafe")])
    assert (word.text, word.confirmed) == (" caf\u00e9", 0.5)


def test_a_hearing_of_its_own_is_neither_confirmed_nor_not() -> None:
    assert most_confirmed([hearing("la la")]) == hearing("la la")


def test_where_most_hear_nothing_nothing_is_sung() -> None:
    assert most_confirmed([[], hearing("thank you"), []]) == []
