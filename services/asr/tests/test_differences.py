"""How the transcripts of two engines differ."""

from itertools import count
from pathlib import Path

import pytest
from aik_asr.differences import transcripts, word_error_rate
from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.documents import Hint
from aik_service.differences import Measure, Measurements, Place
from aik_service.step import StepOutput


def transcript(text: str, *, timed: bool = True) -> Lyrics:
    """Its words are heard half a second apart, from a minute on, with confidence 0.5."""
    lyrics = from_text(text, minted_by("heard", text), language="en")
    times = count(60_000, 500)
    hints = tuple(
        Hint(word_id=word.id, start_ms=next(times), confidence=0.5) for line in lyrics.lines for word in line.words
    )
    return lyrics.model_copy(update={"hints": hints if timed else None})


def compared(folder: Path, first: Lyrics, second: Lyrics) -> Measurements:
    outputs = []
    for name, lyrics in (("first", first), ("second", second)):
        path = folder / f"{name}.json"
        path.write_bytes(lyrics.to_json())
        outputs.append(StepOutput({"lyrics": path}))
    return transcripts(*outputs)


def rate(differences: Measurements) -> float | str | None:
    return next(each.between for each in differences.measures if each.name == "word error rate")


def test_each_word_that_is_another_left_out_or_put_in_counts_by_the_words_of_the_first(tmp_path: Path) -> None:
    found = compared(tmp_path, transcript("time stands still\nwith you"), transcript("time stand still\nhere with"))
    assert rate(found) == 0.6
    assert found.places == (
        Place(where="1:00.500", first="stands", second="stand"),
        Place(where="1:01.500", first="", second="here"),
        Place(where="1:02.000", first="you", second=""),
    )


def test_words_in_a_row_are_one_place(tmp_path: Path) -> None:
    found = compared(tmp_path, transcript("one two three four"), transcript("one too tree four"))
    assert found.places == (Place(where="1:00.500", first="two three", second="too tree"),)


def test_case_signs_and_lines_are_no_difference_of_words(tmp_path: Path) -> None:
    found = compared(tmp_path, transcript("Time, stands\nstill!"), transcript("time stands still"))
    assert (rate(found), found.places) == (0.0, ())


def test_a_sign_that_is_read_aloud_is_a_word(tmp_path: Path) -> None:
    found = compared(tmp_path, transcript("you & me"), transcript("you + me"))
    assert found.places == (Place(where="1:00.500", first="&", second="+"),)


def test_both_are_described(tmp_path: Path) -> None:
    other = transcript("one two three", timed=False).model_copy(update={"language": "de"})
    assert compared(tmp_path, transcript("one two\n— —\nthree four"), other).measures[:-1] == (
        Measure(name="language", first="en", second="de"),
        Measure(name="lines", first=3, second=1),
        Measure(name="words", first=4, second=3),
        Measure(name="confidence", first=0.5, second=None),
    )


def test_without_times_a_place_is_a_words_number(tmp_path: Path) -> None:
    found = compared(tmp_path, transcript("one two", timed=False), transcript("one too", timed=False))
    assert found.places == (Place(where="word 2", first="two", second="too"),)


@pytest.mark.parametrize(
    ("first", "second", "wrong"), [("a b c d", "a b c d", 0), ("a b", "x y z", 1.5), ("a b", "", 1), ("", "a b", 2)]
)
def test_the_rate_may_be_more_than_one(first: str, second: str, wrong: float) -> None:
    assert word_error_rate(first.split(), second.split()) == wrong
