"""What the notifier counts."""

from itertools import product

from aik_events.messages import Kind
from prometheus_client import Counter, Gauge, Histogram

from aik_notifier.room import Standing

TRIES = Counter("aik_webhook_tries_total", "Tries at deliveries", ["kind", "outcome"])
SECONDS = Histogram("aik_webhook_duration_seconds", "From the lease of a delivery to its fact in the log", ["kind"])
SENDING = Gauge(
    "aik_webhook_senders_busy", "Tries that are being made now, by how the endpoint answered so far", ["standing"]
)
DISABLED = Counter(
    "aik_webhook_endpoints_disabled_total", "Endpoints that this process has asked to disable", ["reason"]
)

# What has not happened yet is 0: a first time is then an increase.
for kind, outcome in product(Kind, ("delivered", "attempt_failed", "exhausted")):
    TRIES.labels(kind.value, outcome)
for standing in Standing:
    SENDING.labels(standing.value)
for reason in ("gone", "failing"):
    DISABLED.labels(reason)
