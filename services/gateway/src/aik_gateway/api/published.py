"""Which version is served, or why none is."""

from datetime import datetime
from math import ceil
from typing import Any

from aik_events.track import JobState, VersionState
from aik_service.network import Network

from aik_gateway.api.caching import digest
from aik_gateway.api.views import job_body
from aik_gateway.eta import Estimator
from aik_gateway.problems import Problem
from aik_gateway.readmodel.models.tracks import JobRow, TrackRow, VersionRow
from aik_gateway.readmodel.queries import Reads

RETRY_AFTER_S = 3
"""When nobody knows how long it takes."""
SOONEST_S, LATEST_S = 1, 30
GRACE_S = 300
"""How much longer than the song its URL lives."""


async def published(reads: Reads, track: TrackRow, number: int | None, estimator: Estimator) -> VersionRow:
    """The version with this number, or the newest that is published. Raises Problem."""
    if number is None and track.published_version is None:
        raise refusal(await reads.job(track.job_id), track.duration_ms, estimator)
    version = await reads.version(track, number or track.published_version or 0)
    if version.state == VersionState.PUBLISHED:
        return version
    job = await reads.job_of(version)
    if version.state == VersionState.DRAFT or job is None:
        raise Problem("version-not-published", "It is a draft: reprocess the track to publish it.")
    raise refusal(job, track.duration_ms, estimator)


def refusal(job: JobRow, duration_ms: int | None, estimator: Estimator) -> Problem:
    """What the job that should have published it says."""
    body = job_body(job, duration_ms, estimator)
    known: dict[str, Any] = {"jobId": job.id, "trackId": job.track_id, "version": job.version, "state": job.state}
    if body.failure is not None and job.state == JobState.FAILED:
        failure = body.failure.model_dump(by_alias=True)
        return Problem("job-failed", body.failure.detail, **known, failure=failure)
    if job.state == JobState.CANCELED:
        return Problem("job-canceled", "Reprocess the track; name the steps that it had not done.", **known)
    sla_ms = next((step.sla_ms for step in body.steps if step.step == body.step), None)
    at: dict[str, Any] = {"step": body.step, "percent": body.percent, "etaMs": body.eta_ms, "slaMs": sla_ms}
    headers = {"Retry-After": str(retry_after_s(body.eta_ms))}
    return Problem("not-ready", "The job is not done: ask again.", headers=headers, **known, **at)


def retry_after_s(eta_ms: int | None) -> int:
    """When it should be done; not so late that a wrong guess costs much, nor so early that asking is all one does."""
    return RETRY_AFTER_S if eta_ms is None else min(max(ceil(eta_ms / 1000), SOONEST_S), LATEST_S)


def url_life_s(duration_ms: int | None, shortest_s: int) -> int:
    return max(shortest_s, (duration_ms or 0) // 1000 + GRACE_S)


def window_tag(track_id: str, number: int, client_id: str, caller: Network, life_s: int, now: datetime) -> str:
    """Changes with every half of a URL's life, so that an answer that is known never has a dead URL in it.

    And with the caller's network: there the URLs of the answer that it had don't serve.
    """
    window = int(now.timestamp()) // (life_s // 2)
    return f'W/"v{number}.{digest(track_id, window, life_s, client_id, caller)}"'
