"""A row of words is read as whole lines, some of them missing."""

from aik_aligner.left_out import whole_lines


def test_lines_that_are_missing_have_no_words() -> None:
    assert whole_lines(["a", "b", "e"], [["a", "b"], ["c", "d"], [], ["e"]]) == {0: (0, 2), 3: (2, 3)}


def test_a_missing_line_may_begin_as_the_next_one() -> None:
    assert whole_lines(["a", "b", "c"], [["a", "b"], ["a", "b", "c"]]) == {1: (0, 3)}
    assert whole_lines(["a", "b", "a", "b", "c"], [["a", "b"], ["a", "b", "c"]]) == {0: (0, 2), 1: (2, 5)}


def test_of_equal_lines_the_earlier_ones_are_there() -> None:
    assert whole_lines(["la", "la"], [["la"], ["la"], ["la"]]) == {0: (0, 1), 1: (1, 2)}


def test_words_that_are_no_lines_are_none() -> None:
    assert whole_lines(["a", "x"], [["a"], ["b"]]) == {}
    assert whole_lines([], [["a"]]) == {}
