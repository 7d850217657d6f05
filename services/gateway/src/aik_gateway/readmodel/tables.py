"""The tables of the read model; every row belongs to one aggregate and follows from its state."""

from datetime import datetime
from typing import Any

from aik_events.track import STATE_VERSION
from aik_service.inbox_tables import INBOX_TABLES
from sqlalchemy import BigInteger, DateTime
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

SCHEMA = f"gateway_v{STATE_VERSION}"
TIME = DateTime(timezone=True)


class AssetRow(SQLModel, table=True):
    __tablename__ = "asset"

    id: str = Field(primary_key=True)
    client_id: str
    state: str
    filename: str
    content_type: str | None
    size_bytes: int = Field(sa_type=BigInteger)
    sha256: str | None
    key: str
    multipart_id: str
    part_size: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME)


class TrackRow(SQLModel, table=True):
    """`job_id` is the newest job; `published_version` the newest published version."""

    __tablename__ = "track"

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
    created_at: datetime = Field(sa_type=TIME)
    deleted: bool


class VersionRow(SQLModel, table=True):
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


class JobRow(SQLModel, table=True):
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


class TimelineRow(SQLModel, table=True):
    """Every event that was ever judged, where it lies in the log, and the verdict on it (accepted: no reason).

    `job_id` is the job that it opened or was about; `about` the little of its body that a reader of the timeline needs.
    """

    __tablename__ = "timeline"

    aggregate_id: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    topic: str
    partition: int
    offset: int = Field(sa_type=BigInteger)
    job_id: str | None
    type: str
    time: datetime = Field(sa_type=TIME)
    about: dict[str, Any] = Field(sa_type=JSONB)
    reason: str | None
    detail: str | None


ROWS: tuple[type[SQLModel], ...] = (AssetRow, TrackRow, VersionRow, JobRow, TimelineRow)
TABLES: tuple[type[SQLModel], ...] = (*INBOX_TABLES, *ROWS)
