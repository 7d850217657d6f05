"""Results of steps: all of one shape, so that old code folds the result of a step that it has never heard of."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from aik_events.catalogue.jobs import StepEvent
from aik_events.event import Artefact, Frozen, Name, Qc


class MadeWith(Frozen):
    """The engine that made a result: what decides its output besides its inputs."""

    name: str
    """The engine's name."""
    version: str
    """The engine's version."""
    weights_sha256: str | None = None
    """Of its weights, in hex, if it has any."""
    parameters: Mapping[str, Any] = {}
    """Settings that decide what it makes."""


class StepResult(StepEvent):
    artefacts: dict[str, Artefact]
    """What was made, by kind, such as `vocals`."""
    engine: str | None = None
    """The engine's name."""
    made_with: MadeWith | None = Field(default=None, exclude_if=lambda made_with: made_with is None)
    """Left out where it is not known: results that were written before there was such a field keep their bytes."""


class TrackSeparated(StepResult):
    """The song is split into `vocals` and `accompaniment`."""

    TYPE = "track.separated"
    SAID_BY: ClassVar[tuple[str, ...]] = ("separator",)

    duration_ms: int
    """Of the song, in ms."""


class TrackTranscribed(StepResult):
    """The vocals are transcribed into `lyrics`."""

    TYPE = "track.transcribed"
    SAID_BY: ClassVar[tuple[str, ...]] = ("asr",)

    language: str
    """What was heard, as a language code."""


class TrackAligned(StepResult):
    """Every word of the lyrics has its time, in `karaoke`."""

    TYPE = "track.aligned"
    SAID_BY: ClassVar[tuple[str, ...]] = ("aligner",)

    coverage: float
    """0…1: the share of words that were found."""
    confidence: float | None = None
    """0…1: the mean of the words' confidences."""


class TrackChecked(StepResult):
    """The check passed or warned, its report is `qc`; a check that refuses is a `job.failed`."""

    TYPE = "track.checked"
    SAID_BY: ClassVar[tuple[str, ...]] = ("qc",)

    qc: Qc
    """What the check found, in short."""


class TrackPublished(StepResult):
    """The version's files are there for good: it is published, and the job has succeeded."""

    TYPE = "track.published"
    SAID_BY: ClassVar[tuple[str, ...]] = ("publisher",)

    version: int
    """The number of the version."""


class UnfamiliarResult(StepResult):
    """The result of a step that is newer than this code, known by the header `aik_step` alone."""

    TYPE = ""

    name: Name = Field(exclude=True)

    @property
    def type(self) -> str:
        return self.name
