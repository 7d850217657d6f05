"""How far readers are behind, added up."""

from aik_events.telling.lag import Lag, TopicLag, by_topic


def lag(partition: int, next: int, end: int, seconds: float, topic: str = "aik.tracks") -> Lag:
    return Lag(group="aik-qc", topic=topic, partition=partition, next=next, end=end, seconds=seconds)


def test_events_are_added_up_and_the_oldest_counts() -> None:
    lags = [lag(1, 5, 5, 0), lag(0, 3, 5, 2.5), lag(2, 0, 9, 1.5), lag(0, 1, 1, 0, "aik.assets")]
    assert by_topic(lags) == [
        TopicLag(group="aik-qc", topic="aik.assets", behind=0, seconds=0, worst_partition=None),
        TopicLag(group="aik-qc", topic="aik.tracks", behind=11, seconds=2.5, worst_partition=0),
    ]


def test_nobody_is_ahead_of_the_log() -> None:
    assert lag(0, 7, 5, 0).behind == 0
