"""How words may sound, by their letters."""

import pytest
from aik_aligner.pronunciation import pronunciations


def spoken(word: str) -> list[str]:
    return [" ".join(phones) for phones in pronunciations(word)]


def test_the_stress_may_lie_on_any_vowel_and_others_lose_their_colour() -> None:
    assert spoken("окно") == ["AO K N AH", "AH K N AO"]


def test_a_soft_vowel_has_its_own_consonant_only_where_no_consonant_is_before_it() -> None:
    assert spoken("ель") == ["Y EH L"]
    assert spoken("лес") == ["L EH S"]
    assert spoken("объём") == ["AO B Y AO M", "AH B Y AO M"]


@pytest.mark.parametrize(
    ("word", "sounds"),
    [("друг", "D R UW K"), ("тебя", "T EH B IH"), ("его", "Y EH V AH"), ("бояться", "B AO Y IH T S AH")],
)
def test_russian_is_not_spoken_as_it_is_written(word: str, sounds: str) -> None:
    assert spoken(word)[0] == sounds


def test_latin_letters_are_read_two_or_three_at_once() -> None:
    assert spoken("Schatz") == ["SH AA T Z"]
    assert spoken("chaque") == ["CH AA K W EH"]


@pytest.mark.parametrize("word", ["愛", "사랑", "שלום", "प्यार", "αγάπη", "سلام"])
def test_every_script_has_sounds(word: str) -> None:
    assert spoken(word)


@pytest.mark.parametrize("word", ["…", "—", "♪", ""])
def test_what_has_no_letters_has_none(word: str) -> None:
    assert spoken(word) == []


def test_an_ending_may_be_spoken_as_it_is_written_too() -> None:
    assert "M N AO G AH" in spoken("много")
