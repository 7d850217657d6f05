"""How far a running step is: short-lived, never folded into truth."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Event


class StepProgressed(Event):
    """A worker says how far it is, twice a second at most; lost or late ones do no harm."""

    TYPE = "step.progressed"
    TOPIC: ClassVar[str] = topics.PROGRESS
    SAID_BY: ClassVar[tuple[str, ...]] = topics.STEP_SERVICES

    job_id: str
    """The job."""
    run: int
    """Of the job."""
    step: str
    """The step that runs."""
    attempt: int
    """Of the run."""
    share: float
    """0…1 of the step's work."""
