"""The ports of the log: appending, and reading partitions in order."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from aik_events.envelope import Partition, Record
from aik_events.event import Event


class LogUnavailable(Exception):
    """The log can't be reached now: try again later."""

    code = "log-unavailable"


class AppendFailed(Exception):
    """The log refused the event: it is not there and will not be."""

    code = "append-failed"


class OutcomeUnknown(Exception):
    """The event may be in the log or not: append the same event again."""

    code = "outcome-unknown"


class PositionOutOfRange(Exception):
    """A stored position is not in the log: this is another log than the one that was folded."""

    code = "position-out-of-range"


@dataclass(frozen=True)
class Position:
    partition: Partition
    offset: int


@dataclass(frozen=True)
class Batch:
    """Records of one partition in order, from `start` up to but without `next`."""

    partition: Partition
    start: int
    next: int
    records: Sequence[Record]


Start = Callable[[Sequence[Partition]], Awaitable[Mapping[Partition, int]]]
"""Tells where to begin in each partition that this reader has just been given."""


class Reader(Protocol):
    """Batches of the partitions that this reader holds: each partition in order, without gaps, from its start.

    Endless; waits for records. A partition that another reader of the group takes over may still be delivered once
    by both: who reads must check its own position.
    """

    def __aiter__(self) -> AsyncIterator[Batch]: ...
    def seek(self, partition: Partition, offset: int) -> None:
        """Go on from this offset in a partition that is held; ignored when it is not."""


class Log(Protocol):
    """Appends are durable when they return; records of one key are read in the order they were appended.

    `append` raises OutcomeUnknown when nobody can say whether the event is there; appending the same event again is
    always safe, since readers drop what they have judged before. `fire` promises nothing: progress may get lost.
    """

    async def append(self, event: Event) -> Position:
        """Appends to the event's destination."""

    async def copy(self, record: Record, topic: str, headers: Mapping[str, bytes]) -> Position:
        """Appends key, value and headers of a record as they are to this topic, with these headers added.

        Durable, and raises, as `append`; a copy that is made again is a second record.
        """

    async def fire(self, event: Event) -> None: ...
    def read(
        self, topics: Sequence[str], *, group: str | None, start: Start
    ) -> AbstractAsyncContextManager[Reader]: ...
    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        """For every partition of the topics, the offset that the next record will get."""

    async def identity(self) -> str:
        """The id of the cluster; another one means another log."""
