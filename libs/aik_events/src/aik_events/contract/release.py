"""The last release of the contract, in a file that is checked in, and whether today's code keeps it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from aik_events.catalogue import Catalogue
from aik_events.contract.schema_changes import Json
from aik_events.contract.schemas import file_name, text_of
from aik_events.contract.terms import Agreed, Contract, Finding, Version, breaks, of_version
from aik_events.topics import Topic


class Damaged(Exception):
    """The file of the last release can't be read: take it back from version control."""

    code = "release-damaged"


class ReleasedVersion(BaseModel):
    model_config = ConfigDict(frozen=True)

    event: str
    version: int
    topic: str
    sha256: str
    """Of the schema's file: an edit of what was released shows."""
    schema_: Annotated[dict[str, Any], Field(alias="schema")]


class Release(BaseModel):
    """Every event version that was ever released, with its schema as it was in the last release."""

    model_config = ConfigDict(frozen=True)

    release: str
    partitions: dict[str, int]
    versions: tuple[ReleasedVersion, ...]

    def contract(self) -> Contract:
        agreed = {Version(one.event, one.version): Agreed(one.topic, one.schema_) for one in self.versions}
        return Contract(agreed, self.partitions)


FIRST = Release(release="", partitions={}, versions=())
"""Before anything was released."""


def read(file: Path) -> Release:
    """Raises Damaged."""
    try:
        return Release.model_validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise Damaged(f"{file}: {error}") from error


def release_of(contract: Contract, name: str) -> Release:
    versions = [
        {
            "event": event,
            "version": number,
            "topic": agreed.topic,
            "sha256": _sha256(agreed.schema),
            "schema": agreed.schema,
        }
        for (event, number), agreed in contract.versions.items()
    ]
    return Release.model_validate({"release": name, "partitions": contract.partitions, "versions": versions})


def write(release: Release, file: Path) -> None:
    file.write_text(json.dumps(release.model_dump(by_alias=True), indent=1, ensure_ascii=False) + "\n", "utf-8")


def contract_of(catalogue: Catalogue, topics: tuple[Topic, ...], released: Contract) -> Contract:
    """As the code has it; of an older version, which has no class any more, the schema is the one that was released."""
    versions = {}
    for event, number in ((reading.event, reading.version) for reading in catalogue.readings):
        version = Version(event.TYPE, number)
        if number == event.VERSION:
            versions[version] = Agreed(event.TOPIC, event.json_schema())
        elif version in released.versions:
            versions[version] = Agreed(event.TOPIC, released.versions[version].schema)
    return Contract(versions, {topic.name: topic.partitions for topic in topics})


def findings(release: Release, catalogue: Catalogue, topics: tuple[Topic, ...], schemas: Path) -> list[Finding]:
    """Everything that keeps the code, with the schemas in that folder, from being released."""
    released = release.contract()
    broken = breaks(released, contract_of(catalogue, topics, released))
    return [*_edited(release), *broken, *_stale(released, catalogue, schemas)]


def _edited(release: Release) -> Iterator[Finding]:
    for one in release.versions:
        if _sha256(one.schema_) != one.sha256:
            what = "its schema in the release is not what was released"
            yield of_version("schema-edited", Version(one.event, one.version), what)


def _stale(released: Contract, catalogue: Catalogue, schemas: Path) -> Iterator[Finding]:
    """Files that differ from the code; or of older versions, which nothing writes again, from the release."""
    for reading in catalogue.readings:
        version = Version(reading.event.TYPE, reading.version)
        file = schemas / file_name(*version)
        there = file.read_text("utf-8") if file.exists() else None
        if reading.version == reading.event.VERSION:
            if there != text_of(reading.event.json_schema()):
                yield of_version("schema-stale", version, "its file is not what the code says")
        elif version in released.versions and there != text_of(released.versions[version].schema):
            yield of_version("schema-edited", version, "its file is not what was released")


def _sha256(schema: Json) -> str:
    return hashlib.sha256(text_of(schema).encode()).hexdigest()
