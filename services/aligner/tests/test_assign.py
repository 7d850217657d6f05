"""Whole lines to whole regions, tied by anchors."""

from aik_aligner.anchors import Anchor, anchors, letters
from aik_aligner.assign import Passage, assign
from aik_aligner.port import Timed
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


def test_every_line_goes_to_the_phrase_that_its_anchors_lie_in() -> None:
    sizes = [10, 10, 20]
    tied = [Anchor(0, 0.1), Anchor(9, 2.9), Anchor(10, 6.1), Anchor(19, 8.8), Anchor(20, 9.1), Anchor(39, 11.0)]
    assert assign(sizes, FOUR, tied) == [
        Passage(range(0, 1), range(0, 2)),
        Passage(range(1, 2), range(2, 3)),
        Passage(range(2, 3), range(3, 4)),
    ]


def test_without_anchors_nothing_short_is_cut() -> None:
    assert assign([10, 10], FOUR, []) == [Passage(range(0, 2), range(0, 4))]


def test_without_anchors_a_long_song_is_cut_into_short_passages_in_which_every_line_is_once() -> None:
    regions = tuple(Region(n * 10.0, n * 10.0 + 9.0) for n in range(12))
    passages = assign([10] * 30, regions, [])
    assert [n for passage in passages for n in passage.lines] == list(range(30))
    assert [n for passage in passages for n in passage.regions] == list(range(12))
    assert max(9 * len(passage.regions) for passage in passages) <= 25


def test_more_lines_than_regions_and_more_regions_than_lines_lose_nothing() -> None:
    for sizes, regions in (([5] * 9, FOUR[:1]), ([5], FOUR)):
        [passage] = assign(sizes, regions, [Anchor(0, 0.0), Anchor(4, 1.0)])
        assert (passage.lines, passage.regions) == (range(len(sizes)), range(len(regions)))
