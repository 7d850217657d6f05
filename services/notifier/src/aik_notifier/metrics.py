"""What the notifier counts."""

from prometheus_client import Counter, Histogram

TRIES = Counter("aik_webhook_tries_total", "Tries at deliveries", ["kind", "outcome"])
SECONDS = Histogram("aik_webhook_duration_seconds", "From the lease of a delivery to its fact in the log", ["kind"])
