"""When a delivery is tried again."""

from datetime import UTC, datetime

import pytest
from aik_notifier.schedule import JITTER, LONGEST_MS, WAITS_MS, retry_after_ms, wait_ms
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)


def test_ten_tries_are_made() -> None:
    assert [wait_ms("one", attempt) is not None for attempt in range(1, 12)] == [True] * 9 + [False] * 2


def test_the_plan_is_that_of_the_contract() -> None:
    seconds = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600]
    assert [wait // 1000 for wait in WAITS_MS] == seconds


@given(st.text(), st.integers(1, 9))
def test_jitter_is_a_tenth_at_most_and_the_same_again(delivery: str, attempt: int) -> None:
    wait = wait_ms(delivery, attempt)
    assert wait is not None
    assert wait == wait_ms(delivery, attempt)
    assert abs(wait - WAITS_MS[attempt - 1]) <= JITTER * WAITS_MS[attempt - 1]


def test_deliveries_that_failed_together_come_back_apart() -> None:
    assert len({wait_ms(f"delivery {n}", 2) for n in range(100)}) > 90


def test_retry_after_makes_a_wait_longer_and_never_shorter() -> None:
    assert wait_ms("one", 1, 60_000) == 60_000
    assert wait_ms("one", 2, 1) == wait_ms("one", 2)


@pytest.mark.parametrize(
    ("header", "ms"),
    [
        (None, None),
        ("120", 120_000),
        (" 7 ", 7_000),
        ("Tue, 03 Nov 2026 12:01:30 GMT", 90_000),
        ("Tue, 03 Nov 2026 11:00:00 GMT", 0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("9" * 400, LONGEST_MS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_MS),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999999", None),
        ("Mon, 01 Jan 2024 00:00:00 +9999", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, ms: int | None) -> None:
    assert retry_after_ms(header, NOW) == ms


DATES = st.from_regex(r"Mon, [0-9]{1,30} Jan [0-9]{1,30} [0-9]{1,30}:00:00 [+-][0-9]{1,30}", fullmatch=True)


@given(st.text() | DATES)
def test_no_header_breaks_the_sender(header: str) -> None:
    found = retry_after_ms(header, NOW)
    assert found is None or 0 <= found <= LONGEST_MS
