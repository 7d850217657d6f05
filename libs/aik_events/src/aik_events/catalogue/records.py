"""Facts about records of the log itself."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Destination, Event


class RecordDropped(Event):
    """A record that nobody can read is given up: every fold and every rebuild skips it alike."""

    TYPE = "record.dropped"
    TOPIC: ClassVar[str] = topics.TRACKS
    ELSEWHERE: ClassVar[tuple[str, ...]] = (topics.ASSETS, topics.WEBHOOKS)
    SAID_BY: ClassVar[tuple[str, ...]] = ("operator",)

    topic: str
    """Where the record lies that is given up; this event lies there as well, in the same partition."""
    partition: int
    """Its partition."""
    offset: int
    """Its offset."""
    reason: str
    """Why, in the operator's words."""

    @property
    def destination(self) -> Destination:
        """Where the named record lies, whose key it has as well: only whoever holds the one reads the other."""
        return Destination(self.topic, self.partition)
