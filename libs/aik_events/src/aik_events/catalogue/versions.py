"""Which class reads which version of an event: the newest one, by way of its upcasters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aik_events.event import Event, Upcaster


@dataclass(frozen=True)
class Reading:
    """How one version of an event is read."""

    event: type[Event]
    version: int
    upcasters: tuple[Upcaster, ...]
    """From this version to the newest, one for each step."""

    def newest(self, body: dict[str, Any]) -> dict[str, Any]:
        """The same fact in the newest version. Whatever an upcaster raises goes through."""
        for upcast in self.upcasters:
            body = upcast(body)
        return body

    def __str__(self) -> str:
        return f"{self.event.TYPE} v{self.version}"


class Catalogue:
    """Events by type and version; of each type there is the class of its newest version alone."""

    def __init__(self, events: Iterable[type[Event]]) -> None:
        self.events = tuple(events)
        self.readings = tuple(reading for event in self.events for reading in _readings(event))
        self._by_schema = {reading.event.schema_uri(reading.version): reading for reading in self.readings}
        self._types = frozenset(event.TYPE for event in self.events)

    def reading(self, schema_uri: str) -> Reading | None:
        """None when nothing here reads that version."""
        return self._by_schema.get(schema_uri)

    def has(self, type_: str) -> bool:
        return type_ in self._types


def _readings(event: type[Event]) -> Iterator[Reading]:
    """The oldest version first; those that no chain of upcasters brings to the newest are not readable."""
    first = event.VERSION - len(event.UPCASTERS)
    for version in range(first, event.VERSION + 1):
        yield Reading(event, version, event.UPCASTERS[version - first :])
