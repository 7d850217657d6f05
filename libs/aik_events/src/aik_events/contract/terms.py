"""What others rely on: each event version with its topic and schema; and what must not become of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from aik_events.contract import schema_changes
from aik_events.contract.schema_changes import Json

Code = (
    schema_changes.Code
    | Literal[
        "event-removed",
        "version-removed",
        "topic-changed",
        "topic-removed",
        "partitions-changed",
        "schema-edited",
        "schema-stale",
    ]
)

KEEP = "Keep it as it is, or make version {next} with an upcaster."
INSTEAD: Mapping[Code, str] = {
    "field-removed": KEEP,
    "field-added-required": "Give it a default, or make version {next} with an upcaster.",
    "field-made-required": "Keep its default, or make version {next} with an upcaster.",
    "field-made-optional": KEEP,
    "default-changed": KEEP,
    "values-narrowed": KEEP,
    "values-widened": KEEP,
    "type-narrowed": KEEP,
    "type-widened": KEEP,
    "limit-tightened": KEEP,
    "limit-loosened": KEEP,
    "constraint-changed": KEEP,
    "event-removed": "Keep its class: append it no more, but read it.",
    "version-removed": "Add the upcaster from version {version} to UPCASTERS of the newest class.",
    "topic-changed": "Keep the topic; what belongs elsewhere is another event.",
    "topic-removed": "Keep it, and append to it no more.",
    "partitions-changed": "Keep the number; a new topic may have another.",
    "schema-edited": "Take the file back from version control.",
    "schema-stale": "Run `aik-events schemas write`, and check in what it wrote.",
}
"""What to do instead of each."""


class Version(NamedTuple):
    """Of one event."""

    event: str
    number: int

    def __str__(self) -> str:
        return f"{self.event} v{self.number}"


@dataclass(frozen=True)
class Agreed:
    """What holds of an event version."""

    topic: str
    schema: Json


@dataclass(frozen=True)
class Contract:
    """Every version that can be read, and every topic with its partitions."""

    versions: Mapping[Version, Agreed]
    partitions: Mapping[str, int]


@dataclass(frozen=True)
class Finding:
    """One thing that must not be released; printed, it is one line."""

    code: Code
    event: str | None
    version: int | None
    topic: str | None
    field: str | None
    what: str
    instead: str

    def __str__(self) -> str:
        about = f"{self.event} v{self.version}" if self.event else f"topic {self.topic}"
        field = f", {self.field}" if self.field else ""
        return f"{about}{field}: {self.what}. {self.instead} [{self.code}]"


def of_version(code: Code, version: Version, what: str, *, field: str = "", topic: str | None = None) -> Finding:
    instead = INSTEAD[code].format(version=version.number, next=version.number + 1)
    return Finding(code, version.event, version.number, topic, field or None, what, instead)


def breaks(released: Contract, now: Contract) -> list[Finding]:
    """What readers and records of the release would not survive, in the order of the release."""
    return [*_of_topics(released, now), *_of_versions(released, now)]


def _of_topics(released: Contract, now: Contract) -> Iterator[Finding]:
    for topic, then in released.partitions.items():
        count = now.partitions.get(topic)
        if count is None:
            yield _of_topic("topic-removed", topic, "it is gone, but its records are the truth about what happened")
        elif count != then:
            what = f"it has {count} partitions, no longer {then}: keys move, and their records lose their order"
            yield _of_topic("partitions-changed", topic, what)


def _of_topic(code: Code, topic: str, what: str) -> Finding:
    return Finding(code, None, None, topic, None, what, INSTEAD[code])


def _of_versions(released: Contract, now: Contract) -> Iterator[Finding]:
    for version, then in released.versions.items():
        agreed = now.versions.get(version)
        if agreed is None:
            yield _gone(version, now)
            continue
        if agreed.topic != then.topic:
            what = f"it lies in {agreed.topic}, no longer in {then.topic}, where its readers and its key's order are"
            yield of_version("topic-changed", version, what, topic=then.topic)
        for change in schema_changes.changes(then.schema, agreed.schema):
            yield of_version(change.code, version, change.what, field=change.field)


def _gone(version: Version, now: Contract) -> Finding:
    if all(version.event != known.event for known in now.versions):
        return of_version("event-removed", version, "the event is gone, but records of it are in the log")
    return of_version("version-removed", version, "it does not decode any more, but records of it are in the log")
