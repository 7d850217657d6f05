"""What every service counts, by Prometheus conventions."""

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
