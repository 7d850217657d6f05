"""What is written on the wire: requests that are checked, in camelCase."""

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, Self

from aik_events.pipeline import Step
from aik_lyrics.line_edits import LineEdit
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel

NO_NUL = r"^[^\x00]*$"
"""Postgres has no text with a zero character in it."""

Text = Annotated[str, StringConstraints(pattern=NO_NUL)]
Label = Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=200)]
MOST_URLS = 100
"""Of parts, in one answer."""
PartNumber = Annotated[int, Field(ge=1, le=10_000)]

STEPS = tuple(step.value for step in islice(Step, list(Step).index(Step.ALIGN) + 1))
"""A client may name the steps up to align: those that make the artefacts. What follows is done anyway."""
STEPS_OF_EDIT = tuple(step for step in STEPS if step != Step.TRANSCRIBE)
"""Transcribing would throw the edit away."""


def _one_of(names: Sequence[str]) -> Any:
    return Field(pattern=f"^({'|'.join(names)})$", json_schema_extra={"enum": list(names)})


StepName = Annotated[str, _one_of(STEPS)]
StepOfEdit = Annotated[str, _one_of(STEPS_OF_EDIT)]


class Body(BaseModel):
    """A field that is not known is refused: a misspelt `lyrics` would cost a whole transcription."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        use_attribute_docstrings=True,
    )


class UploadRequest(Body):
    """`size` and `partSize` in bytes; `sha256` is checked by the first step."""

    filename: Annotated[str, StringConstraints(pattern=NO_NUL, min_length=1, max_length=255)]
    size: int = Field(ge=0)
    content_type: Annotated[str, StringConstraints(pattern=r"^[!-~ ]*$", max_length=200)] | None = None
    part_size: int | None = Field(default=None, ge=1)
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$", to_lower=True)] | None = None


class PartsRequest(Body):
    part_numbers: tuple[PartNumber, ...] = Field(min_length=1, max_length=MOST_URLS)


class SentPart(Body):
    part_number: PartNumber
    etag: Annotated[str, StringConstraints(max_length=200)]


class CompleteRequest(Body):
    parts: tuple[SentPart, ...] | None = Field(default=None, max_length=10_000)


class ImportRequest(Body):
    """Without lyrics they are transcribed. A higher `priority` goes first among the client's own jobs."""

    asset_id: str
    lyrics: Text | None = None
    language: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | None
    ) = None
    title: Label | None = None
    artist: Label | None = None
    callback_url: Text | None = None
    priority: int = Field(default=0, ge=-100, le=100)
    quality: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,32}$")] | None = None


class DetailsPatch(Body):
    """What is left out stays as it is; null clears it."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    title: Label | None = None
    artist: Label | None = None
    callback_url: Text | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field")
        return self


class WebhookTestRequest(Body):
    url: Text


class LyricsPatch(Body):
    """Either a new text, or the complete ordered list of lines; with `reprocess` the job starts in the same step."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["lyrics"], "properties": {"lyrics": {"type": "string"}}},
                {"required": ["lines"], "properties": {"lines": {"type": "array"}}},
            ]
        }
    )

    lyrics: Text | None = None
    lines: tuple[LineEdit, ...] | None = None
    reprocess: tuple[StepOfEdit, ...] | None = Field(default=None, min_length=1, max_length=len(STEPS_OF_EDIT))

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.lyrics is None) == (self.lines is None):
            raise ValueError("send either lyrics or lines")
        return self


class ReprocessRequest(Body):
    """The steps to do again; those that follow are done as well."""

    steps: tuple[StepName, ...] = Field(min_length=1, max_length=len(STEPS))


class CancelRequest(Body):
    """Nothing is asked for: the call is the command."""


class RetryRequest(Body):
    """`acceptQc` publishes with warnings what the quality check refused."""

    accept_qc: bool = False
