"""What every service counts, by Prometheus conventions."""

from collections.abc import Iterable

from aik_events.catalogue.jobs import SERVER_AWAY
from prometheus_client import Counter, Gauge, Histogram

RECORDS = Counter("aik_inbox_records_total", "Records folded", ["topic"])
HELD = Gauge("aik_inbox_held_records", "Records that do not decode, and those that wait behind them")
STEPS = Counter("aik_steps_total", "Steps that this service ended", ["step", "outcome"])
COMPUTED = Counter("aik_steps_computed_total", "Steps that were computed, not found done", ["step"])
SECONDS = Histogram(
    "aik_step_duration_seconds",
    "From the lease of a task to its event",
    ["step"],
    buckets=(0.5, 1, 2, 5, 10, 20, 40, 80, 160, 320, 640, 1280),
)
SLA_SHARE = Histogram(
    "aik_step_sla_ratio",
    "How much of its SLA a step has used",
    ["step"],
    buckets=(0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1),
)
FAILURES = Counter("aik_step_failures_total", "Attempts that failed", ["step", "code"])
LEASES_LOST = Counter("aik_leases_lost_total", "Leases that this worker could not renew", ["step"])
QUEUE = Gauge("aik_queue_tasks", "Tasks of this step, over all processes of its service", ["step", "state"])
OLDEST = Gauge("aik_queue_oldest_waiting_seconds", "So long the oldest free task has been seen in the queue", ["step"])
RETRIES = Counter("aik_step_retries_total", "Attempts that failed and are followed by another one", ["step"])
LAG_RECORDS = Gauge("aik_projection_lag_records", "Records that are in the log and not folded", ["consumer", "topic"])
LAG_SECONDS = Gauge(
    "aik_projection_lag_seconds", "So long the oldest unfolded record has been seen in the log", ["consumer", "topic"]
)
DEAD_LETTERS = Counter("aik_dead_letters_total", "Records copied to the dead letters", ["topic"])
SPEED = Histogram(
    "aik_engine_realtime_ratio",
    "Seconds that computing took for each second of the song",
    ["step", "engine"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
LOADING = Histogram(
    "aik_engine_load_seconds",
    "Importing, making and warming up an engine",
    ["step", "engine"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40, 80),
)

OUTCOMES = ("succeeded", SERVER_AWAY, "lease-lost", "engine-failed", "out-of-memory", "step-timeout")
"""Those of any step, which are counted from 0; what a song or its lyrics are refused for comes when it happens."""


def begin_step(step: str) -> None:
    """Everything of this step that has not happened yet is 0: a first time is then an increase."""
    for outcome in OUTCOMES:
        STEPS.labels(step, outcome)
    for code in OUTCOMES[3:]:
        FAILURES.labels(step, code)
    for metric in (COMPUTED, SECONDS, SLA_SHARE, LEASES_LOST, RETRIES):
        metric.labels(step)


def begin_topics(topics: Iterable[str]) -> None:
    """The same, of the topics that an inbox reads."""
    for topic in topics:
        RECORDS.labels(topic)
        DEAD_LETTERS.labels(topic)
