"""Heard words as they are written."""

import pytest
from aik_asr.lines import stanzas, text_of
from aik_asr.sung import SungWord
from aik_asr.written import WrittenWord, written_words
from aik_lyrics.words import tokens
from hypothesis import given
from hypothesis import strategies as st


def written(*heard: str) -> list[tuple[str, float, float]]:
    """A second a heard word; a word that begins with | opens a segment."""
    words = [SungWord(text.lstrip("|"), n, n + 1, 0.9, opens=text.startswith("|")) for n, text in enumerate(heard)]
    found = written_words(words)
    line = "".join(" " * (n > 0 and word.spaced) + word.text for n, word in enumerate(found))
    assert [text for text, _ in tokens(line)] == [word.text for word in found]
    return [(word.text, round(word.start, 3), round(word.end, 3)) for word in found]


def test_parts_of_a_word_are_one_word() -> None:
    assert written("| well", "-known", " don't") == [("well-known", 0, 2), ("don't", 2, 3)]


def test_a_heard_word_without_spaces_has_a_word_and_its_time_for_every_character() -> None:
    assert written("|今日", "は。", "|世界") == [
        ("今", 0, 0.5),
        ("日", 0.5, 1),
        ("は。", 1, 2),
        ("世", 2, 2.5),
        ("界", 2.5, 3),
    ]


def test_signs_join_the_word_before_or_are_left_out() -> None:
    assert written("| ♪", " oh", " ...", " –", " no♪", " !") == [("oh...", 1, 2), ("no!", 4, 5)]


def test_signs_that_are_read_aloud_are_words() -> None:
    assert written("| rock", " &", " roll") == [("rock", 0, 1), ("&", 1, 2), ("roll", 2, 3)]
    assert written("| a", " =", " b", " %,") == [("a", 0, 1), ("=", 1, 2), ("b", 2, 3)]
    assert written("| me", " &", " ...", " you") == [("me", 0, 1), ("&", 1, 2), ("you", 3, 4)]


def test_brackets_stay_on_both_sides_of_what_is_between_them() -> None:
    assert written("| oh", " (", " hi", ")", " you") == [("oh", 0, 1), ("(hi)", 2, 4), ("you", 4, 5)]
    assert written("| oh", " (", "| hi", " (", " &") == [("oh", 0, 1), ("hi", 2, 3), ("&", 4, 5)]


def test_a_word_in_which_two_were_heard_is_two() -> None:
    assert written("| ab cd") == [("ab", 0, 0.4), ("cd", 0.6, 1)]


def test_starts_never_decrease() -> None:
    late, early = SungWord(" late", 2, 3, 0.9), SungWord(" early", 1, 1.5, 0.9)
    assert [(word.start, word.end) for word in written_words([late, early])] == [(2, 3), (2, 2)]


def test_a_word_is_as_sure_as_what_was_heard_of_it() -> None:
    sure, unsure = (SungWord(f"{text}", n, n + 1, p) for n, (text, p) in enumerate([(" ab", 1.0), ("cdef", 0.0)]))
    [whole] = written_words([sure, unsure])
    [first], [second] = written_words([sure]), written_words([unsure])
    assert isinstance(whole, WrittenWord)
    assert whole.confidence == pytest.approx((2 * first.confidence + 4 * second.confidence) / 6)


@given(st.lists(st.text(" ab今は-—.,'\"♪:[(…！&=)", max_size=5), max_size=30), st.integers(1, 9))
def test_a_line_of_the_words_has_just_these_words_whatever_was_heard(texts: list[str], every: int) -> None:
    heard = [SungWord(text, n, n + 1, 0.9, opens=n % every == 0) for n, text in enumerate(texts)]
    words = written_words(heard)
    assert all(tokens(word.text) == [(word.text, "")] for word in words)
    lines = [line for stanza in stanzas(words) for line in stanza]
    assert [text for line in lines for text, _ in tokens(text_of(line))] == [word.text for word in words]
    assert sum(len(word.letters) for word in heard) == sum(map(_letter_count, (word.text for word in words)))


def _letter_count(text: str) -> int:
    return sum(character.isalnum() for character in text)
