"""A record as the log stores it: to the byte, and with the time that it was appended with."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

from aik_events.envelope import Partition, Record
from aik_events.topics import WEBHOOKS


@dataclass(frozen=True)
class Stored:
    """Key, value and headers may be missing, and a header may be there twice: nothing is made equal."""

    partition: Partition
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def record(self) -> Record:
        """As those see it who fold."""
        return Record(self.partition, self.offset, self.key or b"", self.value or b"", self.header)

    @property
    def fields(self) -> dict[str, Any]:
        """Those of its body; none where that is no JSON object."""
        try:
            body = from_json(self.value or b"")
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def header(self) -> dict[str, bytes]:
        return {name: value or b"" for name, value in self.headers}

    @property
    def delivered_about(self) -> str | None:
        """The track that a record of a delivery is about; None for any other record."""
        about = self.fields.get("trackId") if self.partition.topic == WEBHOOKS else None
        return about if isinstance(about, str) else None

    @property
    def time(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)

    @property
    def order(self) -> tuple[int, str, int, int]:
        """By time; those of the same millisecond by their place."""
        return self.timestamp_ms, self.partition.topic, self.partition.number, self.offset
