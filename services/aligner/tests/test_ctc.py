"""Letters are found where they are heard, and lines that nobody sings are left out."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from aik_aligner.ctc import Emissions, Emitted, aligned

BLANK, A, B, C = range(4)


def heard(frames: Sequence[Mapping[int, float]]) -> Emissions:
    """Log probabilities of these shares; what is not named shares the rest."""
    rows = []
    for frame in frames:
        rest = (1 - sum(frame.values())) / (4 - len(frame))
        rows.append([frame.get(label, rest) for label in range(4)])
    return np.log(np.array(rows, np.float32))


def said(text: str) -> Emissions:
    """A frame a character, which is heard at 0.9; `-` is the blank."""
    return heard([{"-abc".index(character): 0.9} for character in text])


def frames(found: Sequence[Emitted] | None) -> list[tuple[int, int]] | None:
    return None if found is None else [(one.start, one.end) for one in found]


def test_a_letter_lasts_as_long_as_it_is_heard_and_is_as_sure_as_its_frames() -> None:
    [line] = aligned(heard([{BLANK: 0.9}, {A: 0.9}, {A: 0.7}, {BLANK: 0.9}, {B: 0.8}]), [[A, B]], BLANK)
    assert line is not None
    assert frames(line) == [(1, 3), (4, 5)]
    assert [round(one.score, 3) for one in line] == [0.8, 0.8]


def test_the_same_letter_twice_in_a_row_has_a_blank_in_between() -> None:
    assert frames(aligned(said("aaa"), [[A, A]], BLANK)[0]) == [(0, 1), (2, 3)]
    assert frames(aligned(said("ab"), [[A, B]], BLANK)[0]) == [(0, 1), (1, 2)]


def test_more_letters_than_frames_have_no_times() -> None:
    assert aligned(said("aa"), [[A, A]], BLANK) == [None]
    assert aligned(said("a"), [[A], [B]], BLANK) == [None, None]
    assert aligned(said(""), [[A]], BLANK) == [None]
    assert aligned(said("a"), [], BLANK) == []


def test_lines_follow_one_another_and_an_empty_one_has_no_times() -> None:
    found = aligned(said("-a-bc-a"), [[A], [], [B, C], [A]], BLANK)
    assert [frames(line) for line in found] == [[(1, 2)], None, [(3, 4), (4, 5)], [(6, 7)]]


def test_every_line_is_placed_where_all_are_sung() -> None:
    assert [frames(line) for line in aligned(said("-a--b-"), [[A], [C, C], [B]], BLANK)] == [
        [(1, 2)],
        [(2, 3), (4, 5)],
        [(5, 6)],
    ]


def test_lines_that_are_not_heard_are_left_out_wherever_they_are() -> None:
    lines = [[C, B, C], [A, B], [C, A], [B, C], [C, C, C]]
    found = aligned(said("-ab---bc--"), lines, BLANK, left_out=1e-2)
    assert [frames(line) for line in found] == [None, [(1, 2), (2, 3)], None, [(6, 7), (7, 8)], None]
    assert aligned(said("-----"), [[A, B], [B, C]], BLANK, left_out=1e-2) == [None, None]


def test_a_line_that_is_heard_badly_is_there_all_the_same() -> None:
    found = aligned(heard([{BLANK: 0.9}, {A: 0.4, BLANK: 0.5}, {BLANK: 0.9}]), [[A]], BLANK, left_out=1e-3)
    assert frames(found[0]) == [(1, 2)]


def test_no_other_way_through_is_likelier() -> None:
    rng = np.random.default_rng(5)
    for line in ([A, A], [A, B], [B, A, B], [C]):
        emissions = np.log(rng.dirichlet(np.ones(4), 6)).astype(np.float32)
        [found] = aligned(emissions, [line], BLANK)
        assert found is not None
        labels = np.full(6, BLANK)
        for one, label in zip(found, line, strict=True):
            labels[one.start : one.end] = label
        ways = [way for way in product(range(4), repeat=6) if read(way) == line]
        assert likelihood(emissions, labels.tolist()) == max(likelihood(emissions, way) for way in ways)


def read(labels: Sequence[int]) -> list[int]:
    """What labels of frames say: repeats are one, blanks are nothing."""
    return [label for n, label in enumerate(labels) if label != BLANK and (n == 0 or labels[n - 1] != label)]


def likelihood(emissions: Emissions, labels: Sequence[int]) -> float:
    return round(float(sum(emissions[n, label] for n, label in enumerate(labels))), 4)
