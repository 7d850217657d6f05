"""Pasted text becomes lines and words and loses nothing."""

import pytest
from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.errors import LyricsEmpty, LyricsTooLong


def read(text: str) -> Lyrics:
    return from_text(text, minted_by("event"))


def words(text: str) -> list[list[tuple[str, str]]]:
    return [[(word.text, word.after) for word in line.words] for line in read(text).lines]


def test_every_word_is_kept_as_written_with_what_stands_after_it() -> None:
    assert words("Don't  stop,\tme — now!") == [[("Don't", "  "), ("stop,", "\t"), ("me", " — "), ("now!", "")]]


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


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("la-la-la rock'n'roll rock’n’roll", [("la-la-la", " "), ("rock'n'roll", " "), ("rock’n’roll", "")]),
        ("— Привет — мир —", [("— Привет", " — "), ("мир", " —")]),
        ("❤️ love ❤️ you♪", [("❤️ love", " ❤️ "), ("you♪", "")]),
        ("you & me + 1", [("you", " "), ("&", " "), ("me", " "), ("+", " "), ("1", "")]),
        ("time—stands still…wait", [("time—", ""), ("stands", " "), ("still…", ""), ("wait", "")]),
        ("「今日」は", [("「今", ""), ("日」", ""), ("は", "")]),
        ("きゃりー", [("きゃ", ""), ("り", ""), ("ー", "")]),
        ("か\u3099 き", [("か\u3099", " "), ("き", "")]),
        ("a\ufa6e b", [("a\ufa6e", " "), ("b", "")]),
        ("사랑해 너를", [("사랑해", " "), ("너를", "")]),
        ("เกา รัก", [("เกา", " "), ("รั", ""), ("ก", "")]),
        ("ສະບາຍດີ", [("ສະ", ""), ("ບາ", ""), ("ຍ", ""), ("ດີ", "")]),
        ("ខ្ញុំស្រលាញ់", [("ខ្ញុំ", ""), ("ស្រ", ""), ("លា", ""), ("ញ់", "")]),
        ("မြန်မာ", [("မြန်", ""), ("မာ", "")]),
        ("zero\u200bwidth join\u200der", [("zero\u200bwidth", " "), ("join\u200der", "")]),
        ("cafe\u0301 café", [("cafe\u0301", " "), ("café", "")]),
    ],
)
def test_words_are_cut_as_they_are_sung(text: str, cut: list[tuple[str, str]]) -> None:
    assert words(text) == [cut]


def test_zero_width_spaces_and_marks_around_a_line_are_not_part_of_it() -> None:
    assert [line.text for line in read("\u200b\ufeff one \u2060\u2028\u200b\n\x85two").lines] == ["one", "two"]


def test_a_line_from_right_to_left_says_so_by_its_first_letter() -> None:
    assert [line.dir for line in read("שלום world\n(مرحبا)\nhello שלום\n[Chorus]").lines] == ["rtl", "rtl", None, None]


def test_signs_alone_are_a_line_without_words() -> None:
    line = read("la\n🎵 🎵").lines[1]
    assert (line.text, line.words, line.sung, line.written) == ("", (), False, "🎵 🎵")


def test_ids_follow_from_the_event_and_differ_between_events() -> None:
    assert read("one two") == read("one two")
    first, second = (from_text("one two", minted_by(event)).lines[0] for event in ("event-1", "event-2"))
    assert {first.id, *(word.id for word in first.words)}.isdisjoint({second.id, *(word.id for word in second.words)})
