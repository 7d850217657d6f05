"""A record that does not decode holds back the later ones of its key, until it decodes or is given up."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.holding import Reading, let_go, pass_on, read
from aik_events.testing.author import Author

AT = Partition("aik.tracks", 3)


def readings(*events: Event | None) -> list[Reading]:
    """None is a record that does not decode."""
    return [_reading(offset, event) for offset, event in enumerate(events)]


def _reading(offset: int, event: Event | None) -> Reading:
    if event is None:
        return read(Record(AT, offset, b"trk_1", b"{", {}))
    return read(Record(AT, offset, b"trk_1", value_of(event), headers_of(event)))


def passed(events: Sequence[Reading]) -> tuple[list[int], list[int]]:
    """The offsets of what is folded, in that order, and of what is held in the end."""
    held: list[Reading] = []
    folded: list[int] = []
    for reading in events:
        ready, held = pass_on(held, reading)
        folded += [offset for offset, _ in ready]
    return folded, [r.record.offset for r in held]


def test_what_decodes_is_folded_until_something_does_not() -> None:
    author = Author()
    assert passed(readings(author.imported(), author.edited(), None, author.edited(), None)) == ([0, 1], [2, 3, 4])


def test_giving_one_up_lets_go_what_is_behind_it_up_to_the_next_that_does_not_decode() -> None:
    author = Author()
    records = readings(None, author.imported(), None, author.edited(), author.dropped("aik.tracks", 3, 0))
    assert passed(records) == ([1], [2, 3])


def test_one_further_behind_can_be_given_up_first() -> None:
    author = Author()
    drops = [author.dropped("aik.tracks", 3, offset) for offset in (2, 0)]
    assert passed(readings(None, author.imported(), None, author.edited(), drops[0])) == ([], [0, 1, 3])
    assert passed(readings(None, author.imported(), None, author.edited(), *drops)) == ([1, 3], [])


@pytest.mark.parametrize(
    ("topic", "partition", "offset"),
    [("aik.tracks", 3, 1), ("aik.tracks", 3, 7), ("aik.tracks", 2, 0), ("aik.assets", 3, 0)],
)
def test_what_decodes_or_is_not_held_here_cannot_be_given_up(topic: str, partition: int, offset: int) -> None:
    author = Author()
    records = readings(None, author.imported(), author.dropped(topic, partition, offset))
    assert passed(records) == ([], [0, 1, 2])


def test_the_second_time_there_is_nothing_to_give_up() -> None:
    author = Author()
    dropped = author.dropped("aik.tracks", 3, 0)
    assert passed(readings(None, dropped, dropped)) == ([2], [])


def test_after_a_fix_everything_goes_on_in_order() -> None:
    author = Author()
    event = author.imported()
    held = readings(None, author.edited(), author.edited())
    fixed = [replace(held[0], event=event, problem=None), *held[1:]]
    assert let_go(fixed) == ([(r.record.offset, r.event) for r in fixed], [])
