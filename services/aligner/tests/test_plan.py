"""Whole lines to whole regions, tied by anchors."""

from aik_aligner.anchors import Anchor, anchors, letters
from aik_aligner.plan import Passage, plan, short
from aik_aligner.port import Timed
from aik_audio.clock import VoicedTime
from aik_audio.voice import Region

FOUR = tuple(Region(n * 5.0, n * 5.0 + 3.0) for n in range(4))
"""Four phrases of 3 s with pauses of 2 s: on the voiced clock they begin at 0, 3, 6 and 9 s."""


def spoken(*words: str, start: float = 0.0, each: float = 0.5) -> list[tuple[str, Timed]]:
    return [(word, Timed(start + n * each, start + (n + 1) * each, 0.9)) for n, word in enumerate(words)]


def test_letters_have_no_case_no_accents_and_no_signs() -> None:
    assert letters("Ещё, “Café” №1!") == "ещеcafeno1"


def test_agreeing_letters_are_anchors_even_in_misheard_words() -> None:
    found = anchors("hellodarkworld", spoken("Hello", "bark", "world"))
    assert [anchor.position for anchor in found] == [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13]
    assert (found[0], found[-1]) == (Anchor(0, 0.0), Anchor(13, 1.4))


def test_letters_that_agree_by_chance_are_no_anchors() -> None:
    assert anchors("abcxyz", spoken("abc", "qqq")) == []


def test_a_word_heard_in_no_time_is_not_believed() -> None:
    assert anchors("hello", [("hello", Timed(1.0, 1.05, 0.9))]) == []


def test_a_run_that_nobody_could_sing_between_its_neighbors_is_not_believed() -> None:
    verse, stray = "thequickbrownfox", "jumps"
    lyrics = verse + stray + verse.replace("quick", "other")
    heard = [*spoken(verse), *spoken(stray, start=30.0), *spoken("theotherbrownfox", start=1.0)]
    assert {anchor.position for anchor in anchors(lyrics, heard)}.isdisjoint(range(16, 21))


def tied(position: int, letters: int, start: float, end: float) -> list[Anchor]:
    """Anchors for letters in a row, spread evenly over a span."""
    return [Anchor(position + n, start + n * (end - start) / (letters - 1)) for n in range(letters)]


THREE = [*tied(0, 10, 0.1, 2.9), *tied(10, 10, 6.1, 8.8), *tied(20, 20, 9.1, 11.0)]
"""Anchors of three lines of 10, 10 and 20 letters, in the first, third and fourth phrase."""


def test_every_line_goes_to_the_phrase_that_its_anchors_lie_in_and_singing_between_lines_is_spare() -> None:
    assert plan([10, 10, 20], FOUR, THREE) == [
        Passage((0,), range(0, 1)),
        Passage((1,), range(2, 3)),
        Passage((2,), range(3, 4)),
    ]


def test_a_line_whose_first_words_are_also_sung_elsewhere_stands_where_most_of_it_is() -> None:
    stray = [*tied(0, 10, 2.0, 2.9), *tied(10, 3, 3.0, 3.3), *tied(13, 17, 9.3, 10.8), *tied(30, 10, 10.9, 11.8)]
    assert plan([10, 20, 10], FOUR, stray) == [Passage((0,), range(0, 1)), Passage((1, 2), range(3, 4))]


def test_lines_between_anchors_that_have_no_room_are_not_sung() -> None:
    anchors = [*tied(0, 10, 0.1, 2.9), *tied(50, 10, 3.1, 5.9), *tied(60, 20, 6.1, 8.8)]
    assert plan([10, 20, 20, 10, 20], FOUR, anchors) == [
        Passage((0,), range(0, 1)),
        Passage((3,), range(1, 2)),
        Passage((4,), range(2, 3)),
    ]


def test_lines_between_anchors_that_have_room_are_sung_there() -> None:
    anchors = [*tied(0, 10, 0.1, 2.9), *tied(20, 10, 6.1, 8.8)]
    assert plan([10, 10, 10], FOUR[:3], anchors) == [
        Passage((0,), range(0, 1)),
        Passage((1,), range(1, 2)),
        Passage((2,), range(2, 3)),
    ]


def test_singing_before_the_first_and_after_the_last_line_is_spare() -> None:
    assert plan([10], FOUR, tied(0, 10, 3.1, 5.9)) == [Passage((0,), range(1, 2))]


def test_without_anchors_nothing_short_is_cut() -> None:
    assert plan([10, 10], FOUR, []) == [Passage((0, 1), range(0, 4))]


def test_a_long_passage_is_cut_into_short_ones_in_which_every_line_is_once() -> None:
    regions = tuple(Region(n * 10.0, n * 10.0 + 9.0) for n in range(12))
    [whole] = plan([10] * 30, regions, [])
    passages = short(whole, VoicedTime(regions))
    assert [n for passage in passages for n in passage.lines] == list(range(30))
    assert [n for passage in passages for n in passage.regions] == list(range(12))
    assert max(9 * len(passage.regions) for passage in passages) <= 25


def test_more_lines_than_regions_lose_nothing() -> None:
    [passage] = plan([5] * 9, FOUR[:1], tied(0, 5, 0.0, 0.3))
    assert passage == Passage(tuple(range(9)), range(0, 1))
