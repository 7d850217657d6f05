"""Facts about records of the log itself."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Destination, Event


class RecordDropped(Event):
    """A record that nobody can read is given up: every fold and every rebuild skips it alike."""

    TYPE = "record.dropped"
    TOPIC: ClassVar[str] = topics.TRACKS

    topic: str
    partition: int
    offset: int
    reason: str

    @property
    def destination(self) -> Destination:
        """Where the named record lies, whose key it has as well: only whoever holds the one reads the other."""
        return Destination(self.topic, self.partition)
