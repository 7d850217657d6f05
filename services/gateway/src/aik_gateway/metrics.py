"""What the gateway counts: its api requests and presigned URLs, its projector jobs."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("aik_http_requests_total", "Requests that were answered", ["route", "method", "status"])
LATENCY = Histogram(
    "aik_http_request_duration_seconds",
    "From a request to the beginning of its answer",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
PRESIGNED = Counter("aik_presigned_urls_total", "URLs of the object store that were given away", ["action"])
OPEN_JOBS = Gauge(
    "aik_jobs_open", "Jobs in the read model that have not ended, by the step that they are at", ["state", "step"]
)
FINISHED = Counter("aik_jobs_finished_total", "Jobs that ended", ["outcome"])
READY = Histogram(
    "aik_song_ready_ratio",
    "From the opening of a job that begins with separation to its publication, for each second of the song",
    buckets=(0.25, 0.5, 1, 2, 3, 4, 6, 8, 12, 20, 40),
)

for action in ("upload", "download"):
    PRESIGNED.labels(action)
