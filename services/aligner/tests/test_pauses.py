"""Passages are cut at the pauses that lie between lines."""

from aik_aligner.pauses import at_pauses
from aik_aligner.plan import Passage
from aik_audio.voice import Region

THREE = (Region(1.0, 4.0), Region(6.0, 9.0), Region(9.2, 11.0))
"""3 s, a pause, 3 s, a breath, 1.8 s: on the voiced clock the pause is at 3.0 and the breath at 6.0."""
TWO_LINES = Passage((4, 5), range(3))


def test_a_line_that_begins_after_a_pause_begins_a_passage() -> None:
    starts = [[0.1, 1.0, 2.0], [3.0, 4.0, 6.5]]
    assert at_pauses(TWO_LINES, starts, THREE) == [Passage((4,), range(1)), Passage((5,), range(1, 3))]


def test_a_word_on_the_other_side_of_the_pause_is_a_stray() -> None:
    first_word_before = [[0.1, 1.0], [2.5, 3.5, 4.0]]
    last_word_after = [[0.1, 1.0, 3.2], [4.0, 5.0]]
    for starts in (first_word_before, last_word_after):
        assert [part.lines for part in at_pauses(TWO_LINES, starts, THREE)] == [(4,), (5,)]


def test_two_words_on_the_other_side_are_believed() -> None:
    assert at_pauses(TWO_LINES, [[0.1, 0.5], [2.0, 2.5, 3.5, 4.0]], THREE) == [TWO_LINES]


def test_a_stray_is_believed_where_a_region_would_be_left_without_words() -> None:
    regions = (Region(1.0, 4.0), Region(5.0, 6.0), Region(7.0, 9.0))
    starts = [[0.1, 1.0, 3.2], [4.0, 5.0]]
    assert [part.regions for part in at_pauses(TWO_LINES, starts, regions)] == [range(2), range(2, 3)]


def test_regions_between_two_lines_are_in_no_part() -> None:
    regions = (Region(1.0, 4.0), Region(5.0, 6.0), Region(7.0, 9.0))
    parts = at_pauses(TWO_LINES, [[0.1, 1.0], [4.0, 5.0]], regions)
    assert [part.regions for part in parts] == [range(1), range(2, 3)]


def test_a_pause_inside_of_a_line_cuts_nothing() -> None:
    assert at_pauses(TWO_LINES, [[0.1, 0.5], [0.9, 1.4, 1.8, 3.0, 4.0]], THREE) == [TWO_LINES]


def test_a_breath_is_no_pause() -> None:
    assert at_pauses(TWO_LINES, [[0.1, 2.0, 3.1, 4.0, 5.0], [6.0, 6.5]], THREE) == [TWO_LINES]


def test_a_word_or_two_far_from_all_others_belong_to_them() -> None:
    regions = (Region(1.0, 2.0), Region(15.0, 19.0), Region(30.0, 31.0))
    line = Passage((7,), range(3))
    assert at_pauses(line, [[0.5, 1.0, 2.0, 3.0]], regions) == [Passage((7,), range(1, 3))]
    assert at_pauses(line, [[1.0, 2.0, 3.0, 5.0]], regions) == [Passage((7,), range(2))]


def test_the_parts_know_when_their_lines_begin() -> None:
    parts = at_pauses(TWO_LINES, [[0.1, 1.0, 2.0], [3.0, 4.0, 6.5]], THREE)
    assert [part.begins for part in parts] == [(0.1,), (3.0,)]
