"""Numbers, signs and abbreviations as they are sung."""

import pytest
from aik_lyrics.spoken import spoken
from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import CONVERTER_CLASSES


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("1st", "en", "first"),
        ("21st,", "en", "twenty-first,"),
        ("(42)", "en-US", "(forty-two)"),
        ("1985", "en", "nineteen eighty-five"),
        ("1,000", "en", "one thousand"),
        ("3.5", "en", "three point five"),
        ("$5", "en", "five dollars"),
        ("$1", "en", "one dollar"),
        ("100%", "en", "one hundred percent"),
        ("24/7", "en", "twenty-four seven"),
        ("007", "en", "zero zero seven"),
        ("1980s", "en", "nineteen eighties"),
        ("#1", "en", "number one"),
        ("U2", "en", "U two"),
        ("2nite", "en", "two nite"),
        ("&", "en", "and"),
        ("Mr.", "en", "mister"),
        ("Dr.", "en", "doctor"),
        ("St.", "en", "saint"),
        ("2-й", "ru", "второй"),
        ("2-я", "ru", "вторая"),
        ("90-х", "ru", "девяностых"),
        ("21", "ru", "двадцать один"),
        ("2%", "ru", "два процента"),
        ("$5", "ru", "пять долларов"),
        ("11₽", "ru", "одиннадцать рублей"),
        ("3,5", "ru", "три целых пять десятых"),
        ("№1", "ru", "номер один"),
        ("т.д.", "ru", "так далее"),
        ("&", "ru", "и"),
        ("21", "de", "einundzwanzig"),
        ("1.000", "de", "eintausend"),
        ("1er", "fr", "premier"),
        ("99", "ja", "九十九"),
        ("5", "pt-BR", "cinco"),
    ],
)
def test_a_word_is_spoken_as_it_is_sung(text: str, language: str, said: str) -> None:
    assert spoken(text, language) == said


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hello", "en"),
        ("Ke$ha", "en"),
        ("5", "zh"),
        ("5", "xx"),
        ("5", None),
        ("5", ""),
        ("♪", "en"),
        ("St", "en"),
        ("", "en"),
    ],
)
def test_where_there_is_nothing_to_say_a_word_stays_as_it_is(text: str, language: str | None) -> None:
    assert spoken(text, language) == text


def test_of_what_is_too_long_to_be_counted_there_are_many() -> None:
    assert spoken("$" + "9" * 400, "ru") == " ".join(["девять"] * 400) + " долларов"
    assert spoken("$" + "9" * 400, "en") == " ".join(["nine"] * 400) + " dollars"


signs = st.sampled_from("0123456789.,-/:$%№#stndrdthsйяхего º°+& ²½٣五a")


@settings(deadline=None)
@given(st.text(signs, max_size=24), st.sampled_from([*CONVERTER_CLASSES, "xx", "no-NO"]))
def test_it_never_fails_and_never_says_nothing(text: str, language: str) -> None:
    said = spoken(text, language)
    assert any(character.isalnum() for character in said) or not any(character.isalnum() for character in text)
