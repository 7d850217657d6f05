"""A moment of a track's log is an offset, a time or an event's id."""

from datetime import UTC, datetime

import pytest
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.telling.points import NoSuchMoment, time_of, up_to
from aik_events.testing.author import Author

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def records() -> list[Record]:
    """Minted at 12:00:01, :02 and :03, at the offsets 10, 20 and 30."""
    author = Author()
    events = [author.imported(lyrics=True), author.step_started("separate"), author.canceled()]
    at = Partition("aik.tracks", 0)
    return [Record(at, 10 * n, b"trk_1", value_of(e), headers_of(e)) for n, e in enumerate(events, start=1)]


@pytest.mark.parametrize(
    "at", ["20", "@20", "2026-01-01T12:00:02", "2026-01-01T12:00:02.999Z", "2026-01-01 13:00:02+01:00"]
)
def test_the_record_of_a_moment_belongs_to_it(records: list[Record], at: str) -> None:
    assert up_to(records, at) == records[:2]


def test_an_event_is_a_moment_too(records: list[Record]) -> None:
    assert up_to(records, records[1].headers["ce_id"].decode()) == records[:2]


@pytest.mark.parametrize("at", ["@21", "2026-01-01T12:00:00", "2026-99-01", "no-such-id"])
def test_what_is_no_moment_of_the_track_is_refused(records: list[Record], at: str) -> None:
    with pytest.raises(NoSuchMoment):
        up_to(records, at)


def test_times_are_in_utc_and_may_be_ago() -> None:
    assert time_of("2026-01-01T11:45") == time_of("15m", NOW) == NOW.replace(hour=11, minute=45)
    with pytest.raises(ValueError, match="15m"):
        time_of("15m")
