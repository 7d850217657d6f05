"""Results of steps: all of one shape, so that old code folds the result of a step that it has never heard of."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from aik_events.catalogue.jobs import StepEvent
from aik_events.event import Artefact, Frozen, Name, Qc


class MadeWith(Frozen):
    """The engine that made a result: what decides its output besides its inputs."""

    name: str
    version: str
    weights_sha256: str | None = None
    parameters: Mapping[str, Any] = {}


class StepResult(StepEvent):
    artefacts: dict[str, Artefact]
    engine: str | None = None
    made_with: MadeWith | None = Field(default=None, exclude_if=lambda made_with: made_with is None)
    """Left out where it is not known: results that were written before there was such a field keep their bytes."""


class TrackSeparated(StepResult):
    TYPE = "track.separated"

    duration_ms: int


class TrackTranscribed(StepResult):
    TYPE = "track.transcribed"

    language: str


class TrackAligned(StepResult):
    TYPE = "track.aligned"

    coverage: float
    confidence: float | None = None


class TrackChecked(StepResult):
    """The check passed or warned; a check that refuses is a `job.failed`."""

    TYPE = "track.checked"

    qc: Qc


class TrackPublished(StepResult):
    TYPE = "track.published"

    version: int


class UnfamiliarResult(StepResult):
    """The result of a step that is newer than this code, known by the header `aik_step` alone."""

    TYPE = ""

    name: Name = Field(exclude=True)

    @property
    def type(self) -> str:
        return self.name
