"""The state of a track: what its events add up to."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from aik_events.catalogue import Source
from aik_events.catalogue.results import MadeWith
from aik_events.event import Artefact, Frozen, Qc
from aik_events.verdict import Verdict

STATE_VERSION = 4
"""Raised when the shape of the state changes, or of a table that follows from it: all schemas are then folded anew."""


class VersionState(StrEnum):
    DRAFT = "draft"
    PROCESSING = "processing"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELED = "canceled"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class Version(Frozen):
    number: int
    state: VersionState
    origin: str
    """import, edit or reprocess"""
    created_at: datetime
    based_on: int | None = None
    job_id: str | None = None
    lyrics: Artefact | None = None
    karaoke: Artefact | None = None
    files: Mapping[str, Artefact] = {}
    published_at: datetime | None = None
    qc: Qc | None = None


class StepProgress(Frozen):
    """One step of a job's current run; `attempt` is the highest folded one.

    `failures` are the attempts that failed by themselves, `losses` those whose worker was never heard of again. An
    attempt that a server's outage ended is neither.
    """

    step: str
    state: StepState = StepState.WAITING
    attempt: int = 0
    failures: int = 0
    losses: int = 0
    sla_ms: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


class Failure(Frozen):
    step: str
    code: str
    detail: str
    retryable: bool
    attempts: int


class Job(Frozen):
    id: str
    version: int
    state: JobState
    steps: tuple[StepProgress, ...]
    inputs: Mapping[str, Artefact]
    """The artefacts that its steps read: fixed when it opens, and what its own steps have made since."""
    opened_at: datetime
    advanced_by: str
    """The event that brought it where it is: its opening, the last accepted result, or a retry."""
    run: int = 0
    accept_qc: bool = False
    failure: Failure | None = None
    finished_at: datetime | None = None
    traceparent: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    @property
    def next_step(self) -> str | None:
        """The step that this job is at; None when it is not open."""
        if not self.is_open:
            return None
        return next((s.step for s in self.steps if s.state is not StepState.SUCCEEDED), None)

    def canceled(self, at: datetime) -> "Job":
        """The same job, closed before its end: what was not done will not be."""
        steps = tuple(
            step if step.state is StepState.SUCCEEDED else step.model_copy(update={"state": StepState.CANCELED})
            for step in self.steps
        )
        return self.model_copy(update={"state": JobState.CANCELED, "steps": steps, "finished_at": at})

    def progress_of(self, step: str) -> StepProgress | None:
        return next((s for s in self.steps if s.step == step), None)


class Track(Frozen):
    """Empty until its `track.imported` is folded; `verdicts` has every event that was ever judged."""

    id: str
    client_id: str = ""
    source: Source | None = None
    title: str | None = None
    artist: str | None = None
    language: str | None = None
    callback_url: str | None = None
    priority: int = 0
    quality: str | None = None
    duration_ms: int | None = None
    created_at: datetime | None = None
    versions: tuple[Version, ...] = ()
    jobs: tuple[Job, ...] = ()
    artefacts: Mapping[str, Artefact] = {}
    """The newest accepted artefact of each kind that steps make for later steps."""
    made_with: Mapping[str, MadeWith] = {}
    """The engine of the newest accepted result of each step."""
    deleted: bool = False
    verdicts: Mapping[str, Verdict] = {}

    @property
    def exists(self) -> bool:
        return self.source is not None

    @property
    def job(self) -> Job | None:
        """The newest job, the only one that can be open."""
        return self.jobs[-1] if self.jobs else None

    @property
    def newest(self) -> Version:
        return self.versions[-1]

    @property
    def published(self) -> Version | None:
        return next((v for v in reversed(self.versions) if v.state is VersionState.PUBLISHED), None)

    @property
    def lyrics(self) -> Artefact | None:
        """The newest lyrics of any version."""
        return next((v.lyrics for v in reversed(self.versions) if v.lyrics is not None), None)

    def version(self, number: int) -> Version | None:
        return next((v for v in self.versions if v.number == number), None)

    def with_version(self, version: Version) -> "Track":
        """The same track with this version in place of the one with its number, or after the newest."""
        others = tuple(v for v in self.versions if v.number != version.number)
        versions = tuple(sorted((*others, version), key=lambda v: v.number))
        return self.model_copy(update={"versions": versions})

    def with_job(self, job: Job) -> "Track":
        others = tuple(j for j in self.jobs if j.id != job.id)
        return self.model_copy(update={"jobs": (*others, job)})
