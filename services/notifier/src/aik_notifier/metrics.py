"""What the notifier counts."""

from prometheus_client import Counter, Gauge, Histogram

TRIES = Counter("aik_webhook_tries_total", "Tries at deliveries", ["kind", "outcome"])
SECONDS = Histogram("aik_webhook_duration_seconds", "From the lease of a delivery to its fact in the log", ["kind"])
SENDING = Gauge(
    "aik_webhook_senders_busy", "Tries that are being made now, by how the endpoint answered so far", ["standing"]
)
DISABLED = Counter(
    "aik_webhook_endpoints_disabled_total", "Endpoints that this process has asked to disable", ["reason"]
)
