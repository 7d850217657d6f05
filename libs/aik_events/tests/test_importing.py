"""What of a file a log has already, and what would break a key's order."""

from dataclasses import replace

import pytest
from aik_events.envelope import Partition, headers_of, value_of
from aik_events.exchange.importing import Conflict, Sequences, digest, moved, there
from aik_events.stored import Stored
from aik_events.testing.author import Author
from pydantic_core import to_json

AT = Partition("aik.tracks", 0)
KEY = (AT, b"trk_1", None)


def record(name: str, offset: int = 0) -> Stored:
    return Stored(AT, offset, 5, b"trk_1", name.encode(), (("ce_type", b"unknown"),))


def known(log: str, wanted: str) -> int:
    """How much of `wanted` a log has that holds `log`, a letter a record."""
    return there(Sequences.of(map(record, log)), Sequences.of(map(record, wanted)))[KEY]


@pytest.mark.parametrize(
    ("log", "wanted", "there"),
    [("", "abc", 0), ("a", "abc", 1), ("abc", "abc", 3), ("abcd", "abc", 3), ("xaybzc", "abc", 3), ("aa", "aa", 2)],
)
def test_a_log_that_has_the_beginning_goes_on_and_one_that_has_all_is_left_alone(
    log: str, wanted: str, there: int
) -> None:
    assert known(log, wanted) == there


@pytest.mark.parametrize(("log", "wanted"), [("x", "abc"), ("ac", "abc"), ("ba", "ab"), ("abx", "abc"), ("aba", "aab")])
def test_other_records_of_a_key_are_a_conflict(log: str, wanted: str) -> None:
    with pytest.raises(Conflict, match="trk_1"):
        known(log, wanted)


def test_other_keys_do_not_matter() -> None:
    other = replace(record("x"), key=b"trk_2")
    assert there(Sequences.of([other]), Sequences.of([record("a")])) == {KEY: 0}


def delivery(name: str, track: str | None) -> Stored:
    value = to_json({"trackId": track, "name": name})
    return Stored(Partition("aik.webhooks", 0), 0, 5, b"whe_1", value, (("ce_type", b"webhook.delivered"),))


def test_deliveries_of_two_tracks_to_one_url_are_each_compared_with_their_own_alone() -> None:
    log = Sequences.of([delivery("a", "trk_1"), delivery("t", None), delivery("b", "trk_1")])
    found = there(log, Sequences.of([delivery("a", "trk_2"), delivery("a", "trk_1")]))
    assert {about: count for (_, _, about), count in found.items()} == {"trk_2": 0, "trk_1": 1}
    with pytest.raises(Conflict, match="whe_1"):
        there(log, Sequences.of([delivery("b", "trk_1"), delivery("a", "trk_1")]))


def test_records_are_equal_by_all_but_their_place() -> None:
    original = record("a")
    assert digest(replace(original, offset=9)) == digest(original)
    others = [replace(original, timestamp_ms=6), replace(original, value=b"b"), replace(original, headers=())]
    assert digest(original) not in map(digest, others)


def dropping(offset: int) -> Stored:
    event = Author().dropped("aik.tracks", 0, offset)
    return Stored(AT, 8, 5, b"trk_1", value_of(event), tuple(headers_of(event).items()))


def test_a_drop_names_the_record_where_it_lies_now_and_stays_the_same_record() -> None:
    assert moved(dropping(3), {("aik.tracks", 0, 3): 41}) == dropping(41)
    assert moved(dropping(3), {("aik.tracks", 1, 3): 41}) == dropping(3)
    assert digest(dropping(3)) == digest(dropping(41))
    assert Sequences.of([record("a"), dropping(3)]).named == {("aik.tracks", 0, 3)}
