"""Pasted text becomes lines and words and loses nothing."""

import pytest
from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.errors import LyricsEmpty, LyricsTooLong
from hypothesis import given
from hypothesis import strategies as st


def read(text: str) -> Lyrics:
    return from_text(text, minted_by("event"))


def words(text: str) -> list[list[tuple[str, str]]]:
    return [[(word.text, word.after) for word in line.words] for line in read(text).lines]


def test_every_word_is_kept_as_written_with_what_stands_after_it() -> None:
    assert words("Don't  stop,\tme — now!") == [
        [("Don't", "  "), ("stop,", "\t"), ("me", " "), ("—", " "), ("now!", "")]
    ]


def test_a_text_from_right_to_left_is_kept_in_its_logical_order() -> None:
    assert words("שלום, עולם") == [[("שלום,", " "), ("עולם", "")]]


def test_line_ends_of_every_kind_and_a_byte_order_mark_are_no_part_of_the_words() -> None:
    assert words("\ufeffone\r\ntwo\rthree\n\n \nfour \n") == [
        [("one", "")],
        [("two", "")],
        [("three", "")],
        [("four", "")],
    ]


def test_a_character_is_a_word_where_words_have_no_spaces() -> None:
    assert words("今日は、ok 世界") == [[("今", ""), ("日", ""), ("は、", ""), ("ok", " "), ("世", ""), ("界", "")]]


def test_a_line_without_letters_is_not_sung() -> None:
    assert [line.sung for line in read("***\nla la\n♪").lines] == [False, True, False]


def test_the_source_text_is_kept_as_it_came() -> None:
    assert read("\ufeffone\r\n\r\ntwo").source_text == "\ufeffone\r\n\r\ntwo"


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "***\n—"])
def test_text_with_nothing_to_sing_is_refused(text: str) -> None:
    with pytest.raises(LyricsEmpty):
        read(text)


@pytest.mark.parametrize("text", ["a\n" * 2_001, "й" * (32 * 1024 + 1)])
def test_text_over_the_limits_is_refused(text: str) -> None:
    with pytest.raises(LyricsTooLong):
        read(text)


def test_text_at_the_limits_is_read() -> None:
    assert len(read("a\n" * 2_000).lines) == 2_000
    assert len(read("й" * (32 * 1024)).lines) == 1


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_lines_are_their_words_and_ids_are_never_doubled(text: str) -> None:
    try:
        lyrics = read(text)
    except LyricsEmpty:
        return
    for line in lyrics.lines:
        assert line.text == "".join(word.text + word.after for word in line.words)
        assert all(word.text == word.text.strip() and word.text for word in line.words)
    ids = [id for line in lyrics.lines for id in (line.id, *(word.id for word in line.words))]
    assert len(set(ids)) == len(ids)


def test_ids_follow_from_the_event_and_differ_between_events() -> None:
    assert read("one two") == read("one two")
    first, second = (from_text("one two", minted_by(event)).lines[0] for event in ("event-1", "event-2"))
    assert {first.id, *(word.id for word in first.words)}.isdisjoint({second.id, *(word.id for word in second.words)})
