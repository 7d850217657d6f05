"""How long a process that died waits."""

from aik_local.backoff import Backoff


def waits(uptimes_s: list[float], backoff: Backoff | None = None) -> list[float]:
    backoff, found = backoff or Backoff(), []
    for uptime_s in uptimes_s:
        backoff, wait_s = backoff.died(uptime_s)
        found.append(wait_s)
    return found


def test_the_wait_doubles_up_to_half_a_minute() -> None:
    assert waits([0.1] * 7) == [1, 2, 4, 8, 16, 30, 30]


def test_a_minute_up_starts_over() -> None:
    assert waits([0.1, 0.1, 61, 0.1]) == [1, 2, 1, 2]


def test_the_longest_wait_can_be_shorter_than_the_first_one() -> None:
    assert waits([0.1, 0.1, 61], Backoff(longest_s=0.5)) == [0.5, 0.5, 0.5]
