"""Results of steps: all of one shape, so that old code folds the result of a step that it has never heard of."""

from pydantic import Field

from aik_events.catalogue.jobs import StepEvent
from aik_events.event import Artefact, Name, Qc


class StepResult(StepEvent):
    artefacts: dict[str, Artefact]
    engine: str | None = None


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
