"""How far a running step is: short-lived, never folded into truth."""

from typing import ClassVar

from aik_events import topics
from aik_events.event import Event


class StepProgressed(Event):
    TYPE = "step.progressed"
    TOPIC: ClassVar[str] = topics.PROGRESS

    job_id: str
    run: int
    step: str
    attempt: int
    share: float
    """0…1 of the step's work."""
