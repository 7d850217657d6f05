"""Events of a job that are not results."""

from aik_events.catalogue.tracks import TrackEvent
from aik_events.event import Qc

WORKER_LOST = "worker-lost"
"""Code of an attempt whose worker fell silent; told by the worker that takes the step over."""
SERVER_AWAY = "server-away"
"""Code of an attempt that ended because a server did not answer: nobody's failure."""


class JobEvent(TrackEvent):
    job_id: str


class JobCanceled(JobEvent):
    TYPE = "job.canceled"


class JobRetried(JobEvent):
    TYPE = "job.retried"

    accept_qc: bool = False


class StepEvent(JobEvent):
    """About one attempt at one step of one run."""

    run: int
    step: str
    attempt: int


class JobStepStarted(StepEvent):
    TYPE = "job.step_started"

    duration_ms: int | None = None
    sla_ms: int | None = None


class JobStepFailed(StepEvent):
    TYPE = "job.step_failed"

    code: str
    detail: str
    retry_in_ms: int


class JobFailed(StepEvent):
    TYPE = "job.failed"

    code: str
    detail: str
    retryable: bool
    qc: Qc | None = None
