"""How far readers are behind, added up for people; pure."""

from collections.abc import Sequence
from itertools import groupby

from aik_events.event import Frozen


class Lag(Frozen):
    """One group in one partition: `next` is what it reads next, `end` the offset that the next record will get.

    `seconds`: how long ago the record at `next` was appended; 0 where nothing waits.
    """

    group: str
    topic: str
    partition: int
    next: int
    end: int
    seconds: float

    @property
    def behind(self) -> int:
        return max(0, self.end - self.next)


class TopicLag(Frozen):
    """One group in one topic: all events that it has yet to read, and the age of the oldest of them."""

    group: str
    topic: str
    behind: int
    seconds: float
    worst_partition: int | None
    """The one with the oldest; None where nothing waits."""


def by_topic(lags: Sequence[Lag]) -> list[TopicLag]:
    ordered = sorted(lags, key=lambda lag: (lag.group, lag.topic, lag.partition))
    return [_summed(list(of_topic)) for _, of_topic in groupby(ordered, lambda lag: (lag.group, lag.topic))]


def _summed(lags: Sequence[Lag]) -> TopicLag:
    oldest = max(lags, key=lambda lag: lag.seconds)
    behind = sum(lag.behind for lag in lags)
    worst = oldest.partition if behind else None
    return TopicLag(
        group=oldest.group, topic=oldest.topic, behind=behind, seconds=oldest.seconds, worst_partition=worst
    )
