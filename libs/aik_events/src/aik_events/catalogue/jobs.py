"""Events of a job that are not results."""

from typing import ClassVar

from aik_events import topics
from aik_events.catalogue.tracks import TrackEvent
from aik_events.event import Qc

WORKER_LOST = "worker-lost"
"""Code of an attempt whose worker fell silent; told by the worker that takes the step over."""
SERVER_AWAY = "server-away"
"""Code of an attempt that ended because a server did not answer: nobody's failure."""


class JobEvent(TrackEvent):
    job_id: str
    """The job."""


class JobCanceled(JobEvent):
    """A client canceled the job: its running step is stopped, its version is never published."""

    TYPE = "job.canceled"


class JobRetried(JobEvent):
    """A client wants a failed job to go on at the step that failed: its next run begins."""

    TYPE = "job.retried"

    accept_qc: bool = False
    """Publish with warnings what the quality check refused."""


class StepEvent(JobEvent):
    """About one attempt at one step of one run."""

    SAID_BY: ClassVar[tuple[str, ...]] = topics.STEP_SERVICES

    run: int
    """0, and one more with every `job.retried`."""
    step: str
    """The step's name: `separate`, `transcribe`, `align`, `check`, `publish`, or one that is newer than the reader."""
    attempt: int
    """Counts from 1 in every run."""


class JobStepStarted(StepEvent):
    """A worker has taken the step and begins."""

    TYPE = "job.step_started"

    duration_ms: int | None = None
    """Of the song, in ms, once it is known."""
    sla_ms: int | None = None
    """How long the attempt may take, in ms, before its worker ends it."""


class JobStepFailed(StepEvent):
    """An attempt failed and another one follows; after the last there is a `job.failed` alone."""

    TYPE = "job.step_failed"

    code: str
    """What happened, such as `engine-failed`, `out-of-memory`, `step-timeout`, `worker-lost` or `server-away`."""
    detail: str
    """The same for people; never the text of lyrics."""
    retry_in_ms: int
    """How long the step waits for its next attempt, in ms."""


class JobFailed(StepEvent):
    """The job has failed at this step, after the last attempt or for good."""

    TYPE = "job.failed"

    code: str
    """What happened, such as `engine-failed` or `qc-failed`."""
    detail: str
    """The same for people; never the text of lyrics."""
    retryable: bool
    """Whether a retry may go better; not when the input is what was refused."""
    qc: Qc | None = None
    """What the check found, when the code is `qc-failed`."""
