"""Folded state to rows: pure, so that the same log always gives the same rows."""

from collections.abc import Iterator

from aik_events.asset import Asset
from aik_events.catalogue import LyricsUpdated, TrackDeleted, TrackImported, TrackReprocessRequested
from aik_events.catalogue.jobs import JobEvent
from aik_events.endpoint import Endpoint
from aik_events.event import Frozen
from aik_events.track import Job, Track, Version
from aik_service.folding import Change
from sqlmodel import SQLModel

from aik_gateway.readmodel.tables import AssetRow, EndpointRow, JobRow, TimelineRow, TrackRow, VersionRow

ABOUT = {"steps", "run", "step", "attempt", "sla_ms", "code", "detail", "retry_in_ms", "retryable", "accept_qc"}
"""The fields of events, of whatever type, that the timeline keeps: small, and of use to a person."""


TOLD_STATE, TOLD_STEP = "state", "step"
"""How listeners of a job are told: that its state is another one now, or only a step's."""


def rows_of(state: Asset | Track | Endpoint) -> Iterator[SQLModel]:
    """The rows of one aggregate; none while nothing was accepted that makes it exist."""
    match state:
        case Asset():
            yield from _asset(state)
        case Endpoint():
            yield from _endpoint(state)
        case Track():
            yield from _track(state)


def timeline_of(change: Change) -> TimelineRow:
    """The job is there as the event left it, so that whoever listens may be told of each event at any later time."""
    job_id = _job_id(change)
    job = _job_of(change.after, job_id) if change.verdict.accepted else None
    before = _job_of(change.before, job_id)
    is_news = job is not None and (before is None or before.state is not job.state)
    return TimelineRow(
        aggregate_id=change.event.meta.subject,
        event_id=change.event.meta.id,
        topic=change.position.partition.topic,
        partition=change.position.partition.number,
        offset=change.position.offset,
        job_id=job_id,
        type=change.event.type,
        time=change.event.meta.time,
        about=change.event.model_dump(mode="json", by_alias=True, include=ABOUT, exclude_none=True),
        reason=change.verdict.reason,
        detail=change.verdict.detail,
        told=None if job is None else TOLD_STATE if is_news else TOLD_STEP,
        job=None if job is None else _job(change.after, job).model_dump(mode="json"),
        duration_ms=None if job is None else change.after.duration_ms,
    )


def _job_id(change: Change) -> str | None:
    """The job that the event opens, closes, or is about."""
    match change.event:
        case TrackImported() | LyricsUpdated() | TrackReprocessRequested() | JobEvent():
            return change.event.job_id
        case TrackDeleted():
            open_job = change.before.job
            return open_job.id if open_job is not None and open_job.is_open else None
        case _:
            return None


def _job_of(state: Asset | Track | Endpoint, job_id: str | None) -> Job | None:
    jobs = state.jobs if isinstance(state, Track) else ()
    return next((job for job in jobs if job.id == job_id), None)


def _asset(asset: Asset) -> Iterator[SQLModel]:
    if asset.created_at is None or asset.expires_at is None:
        return
    yield AssetRow(
        id=asset.id,
        client_id=asset.client_id,
        state=asset.state,
        filename=asset.filename,
        content_type=asset.content_type,
        size_bytes=asset.size_bytes,
        sha256=asset.sha256,
        key=asset.key,
        multipart_id=asset.multipart_id,
        part_size=asset.part_size,
        created_at=asset.created_at,
        expires_at=asset.expires_at,
    )


def _track(track: Track) -> Iterator[SQLModel]:
    if track.source is None or track.job is None or track.created_at is None:
        return
    yield TrackRow(
        id=track.id,
        client_id=track.client_id,
        asset_id=track.source.asset_id,
        title=track.title,
        artist=track.artist,
        language=track.language,
        callback_url=track.callback_url,
        duration_ms=track.duration_ms,
        newest_version=track.newest.number,
        published_version=track.published.number if track.published else None,
        job_id=track.job.id,
        job_state=track.job.state,
        created_at=track.created_at,
        deleted=track.deleted,
    )
    for version in track.versions:
        yield _version(track, version)
    for job in track.jobs:
        yield _job(track, job)


def _endpoint(endpoint: Endpoint) -> Iterator[SQLModel]:
    if endpoint.created_at is None:
        return
    yield EndpointRow(
        id=endpoint.id,
        client_id=endpoint.client_id,
        url=endpoint.url,
        created_at=endpoint.created_at,
        healthy_at=endpoint.healthy_at,
        failing_since=endpoint.failing_since,
        disabled_at=endpoint.disabled_at,
        disabled_reason=endpoint.disabled_reason,
    )


def _version(track: Track, version: Version) -> VersionRow:
    return VersionRow(
        track_id=track.id,
        number=version.number,
        state=version.state,
        origin=version.origin,
        based_on=version.based_on,
        job_id=version.job_id,
        created_at=version.created_at,
        published_at=version.published_at,
        lyrics=_json(version.lyrics),
        karaoke=_json(version.karaoke),
        files={name: _json(file) for name, file in version.files.items()},
        qc=_json(version.qc),
    )


def _job(track: Track, job: Job) -> JobRow:
    return JobRow(
        id=job.id,
        track_id=track.id,
        client_id=track.client_id,
        version=job.version,
        state=job.state,
        run=job.run,
        steps=[step.model_dump(mode="json", by_alias=True) for step in job.steps],
        failure=_json(job.failure),
        opened_at=job.opened_at,
        finished_at=job.finished_at,
    )


def _json(value: Frozen | None) -> dict[str, object] | None:
    return None if value is None else value.model_dump(mode="json", by_alias=True)
