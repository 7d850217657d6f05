"""What every event is: a frozen fact with a meta part that travels in the record's headers."""

import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema, SkipJsonSchema


class Frozen(BaseModel):
    """A value of the contract: immutable, camelCase in JSON, blind to fields that it doesn't know.

    NaN is refused where it is made: JSON has none, so nobody could read the event again.
    """

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        extra="ignore",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""What databases, channels and logs can carry."""
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class Meta(Frozen):
    """Who says so, when, about what, and because of what (CloudEvents attributes and our correlation)."""

    id: Name
    subject: Name
    """The aggregate's id, which is the record's key."""
    time: AwareDatetime
    source: Name
    client_id: Name
    causation_id: Name | None = None
    traceparent: str | None = None

    @field_validator("traceparent")
    @classmethod
    def _well_formed(cls, traceparent: str | None) -> str | None:
        """A trace that nobody can follow is none."""
        return traceparent if traceparent and TRACEPARENT.fullmatch(traceparent) else None


class Destination(NamedTuple):
    """Where an event is appended; without a partition its key decides."""

    topic: str
    partition: int | None = None


Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Makes the JSON value of the next version out of an event's; pure, and total on what the old version allowed."""


class _Untitled(GenerateJsonSchema):
    """Without a title for each field, which would be its name once more."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class Event(Frozen):
    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    TOPIC: ClassVar[str]
    ELSEWHERE: ClassVar[tuple[str, ...]] = ()
    """Other topics that it may lie in."""
    SAID_BY: ClassVar[tuple[str, ...]]
    """The services that append it, by their short names; `operator` is a person at a command line."""
    UPCASTERS: ClassVar[tuple[Upcaster, ...]] = ()
    """One for each older version, the oldest first: the n-th makes version n + 1 of version n."""

    meta: SkipJsonSchema[Meta] = Field(exclude=True)

    @property
    def type(self) -> str:
        return self.TYPE

    @property
    def destination(self) -> Destination:
        return Destination(self.TOPIC)

    @classmethod
    def topics(cls) -> tuple[str, ...]:
        """Where events of this type may lie, the usual topic first."""
        return (cls.TOPIC, *cls.ELSEWHERE)

    @classmethod
    def schema_uri(cls, version: int | None = None) -> str:
        """Of this version of the event, or of the newest one."""
        return f"urn:aik:schema:{cls.TYPE}:{version or cls.VERSION}"

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of the record's value; the meta part is in the headers."""
        schema = cls.model_json_schema(by_alias=True, schema_generator=_Untitled)
        schema["properties"].pop("meta", None)
        schema.get("$defs", {}).pop("Meta", None)
        if not schema.get("$defs", True):
            del schema["$defs"]
        schema["required"] = [name for name in schema.get("required", []) if name != "meta"]
        return {"$id": cls.schema_uri(), **schema}


class Artefact(Frozen):
    """An object in the store, named together with the hash of its bytes."""

    key: str
    """Where it lies in the bucket."""
    sha256: str
    """Of its bytes, in hex."""
    size_bytes: int
    """Bytes."""
    content_type: str
    """A media type, such as `audio/flac`."""


class Qc(Frozen):
    """What the quality check found, in short; the whole report is an artefact."""

    verdict: str
    """`pass`, `warn` or `fail`."""
    score: float
    """0…1, higher is better."""
    codes: tuple[str, ...] = ()
    """The codes of the findings that warn or fail."""
