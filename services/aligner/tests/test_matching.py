"""Which letters of a transcript are which letters of the lyrics."""

import pytest
from aik_aligner import matching
from aik_aligner.matching import same_letters
from hypothesis import given
from hypothesis import strategies as st

VERSE, OTHER, LAST = "itwasadarkandstormynight", "therainfellintorrents", "exceptatoccasionalintervals"
STARTS = [0, len(VERSE), len(VERSE + OTHER)]


def whole(heard_at: int, lyrics_at: int, text: str) -> list[tuple[int, int]]:
    return [(heard_at + n, lyrics_at + n) for n in range(len(text))]


def test_a_verse_that_is_not_sung_is_left_out_as_a_whole() -> None:
    found = same_letters(VERSE + LAST, VERSE + OTHER + LAST, STARTS)
    assert found == whole(0, 0, VERSE) + whole(len(VERSE), len(VERSE + OTHER), LAST)


def test_singing_that_is_not_in_the_lyrics_is_left_out_as_a_whole() -> None:
    found = same_letters(VERSE + OTHER + LAST, VERSE + LAST, [0, len(VERSE)])
    assert len(found) == len(VERSE + LAST)
    assert found[-len(LAST) + 2 :] == whole(len(VERSE + OTHER), len(VERSE), LAST)[2:]


def test_choruses_are_matched_in_order() -> None:
    lyrics = VERSE + OTHER + VERSE + LAST + VERSE
    assert same_letters(lyrics, lyrics, [0]) == whole(0, 0, lyrics)


def test_misheard_letters_are_left_out() -> None:
    assert same_letters("hellodarkworld", "hellobarkworld") == whole(0, 0, "hello") + whole(6, 6, "arkworld")


@given(st.text("abc", max_size=30), st.text("abc", max_size=30), st.lists(st.integers(0, 40), max_size=4))
def test_pairs_agree_and_their_order_is_that_of_both_texts(heard: str, lyrics: str, starts: list[int]) -> None:
    found = same_letters(heard, lyrics, starts)
    assert all(heard[row] == lyrics[column] for row, column in found)
    assert [row for row, _ in found] == sorted({row for row, _ in found})
    assert [column for _, column in found] == sorted({column for _, column in found})


def test_very_long_texts_are_matched_by_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_MOST_CELLS", 10)
    assert same_letters(VERSE, VERSE + OTHER, STARTS) == whole(0, 0, VERSE)
