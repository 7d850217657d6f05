"""Tracks, their versions and their jobs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aik_events.track import Job, Track, Version
from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from aik_gateway.readmodel.model import TIME, Model, ReadModelRow, as_json


class TrackRow(ReadModelRow, table=True):
    """`job_id` is the newest job, in `job_state`; `published_version` the newest published version."""

    __tablename__ = "track"
    __table_args__ = (
        Index("track_newest", "client_id", "created_at", "id"),
        Index("track_newest_of_state", "client_id", "job_state", "created_at", "id"),
        Index("track_deleted", "id", postgresql_where=text("deleted")),
    )

    id: str = Field(primary_key=True)
    client_id: str
    asset_id: str = Field(index=True)
    title: str | None
    artist: str | None
    language: str | None
    callback_url: str | None
    duration_ms: int | None = Field(sa_type=BigInteger)
    newest_version: int
    published_version: int | None
    job_id: str
    job_state: str
    created_at: datetime = Field(sa_type=TIME)
    deleted: bool


class VersionRow(ReadModelRow, table=True):
    """`lyrics`, `karaoke` and each of `files` are artefacts: {key, sha256, sizeBytes, contentType}."""

    __tablename__ = "version"

    track_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    state: str
    origin: str
    based_on: int | None
    job_id: str | None
    created_at: datetime = Field(sa_type=TIME)
    published_at: datetime | None = Field(sa_type=TIME)
    lyrics: dict[str, Any] | None = Field(sa_type=JSONB)
    karaoke: dict[str, Any] | None = Field(sa_type=JSONB)
    files: dict[str, Any] = Field(sa_type=JSONB)
    qc: dict[str, Any] | None = Field(sa_type=JSONB)


class JobRow(ReadModelRow, table=True):
    """`steps` are StepProgress and `failure` is Failure of aik_events.track, as JSON."""

    __tablename__ = "job"

    id: str = Field(primary_key=True)
    track_id: str = Field(index=True)
    client_id: str
    version: int
    state: str
    run: int
    steps: list[dict[str, Any]] = Field(sa_type=JSONB)
    failure: dict[str, Any] | None = Field(sa_type=JSONB)
    opened_at: datetime = Field(sa_type=TIME)
    finished_at: datetime | None = Field(sa_type=TIME, index=True)


def rows_of(track: object) -> Iterator[SQLModel]:
    """None while nothing was accepted that makes it exist."""
    if not isinstance(track, Track) or track.source is None or track.job is None or track.created_at is None:
        return
    yield TrackRow.model_construct(
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
        yield job_row(track, job)


def _version(track: Track, version: Version) -> VersionRow:
    return VersionRow.model_construct(
        track_id=track.id,
        number=version.number,
        state=version.state,
        origin=version.origin,
        based_on=version.based_on,
        job_id=version.job_id,
        created_at=version.created_at,
        published_at=version.published_at,
        lyrics=as_json(version.lyrics),
        karaoke=as_json(version.karaoke),
        files={name: as_json(file) for name, file in version.files.items()},
        qc=as_json(version.qc),
    )


def job_row(track: Track, job: Job) -> JobRow:
    return JobRow.model_construct(
        id=job.id,
        track_id=track.id,
        client_id=track.client_id,
        version=job.version,
        state=job.state,
        run=job.run,
        steps=[step.model_dump(mode="json", by_alias=True) for step in job.steps],
        failure=as_json(job.failure),
        opened_at=job.opened_at,
        finished_at=job.finished_at,
    )


MODEL = Model({TrackRow: ("id",), VersionRow: ("track_id",), JobRow: ("track_id",)}, rows_of)
