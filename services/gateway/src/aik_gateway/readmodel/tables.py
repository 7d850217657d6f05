"""The tables of the read model; every row belongs to one aggregate and follows from its state."""

from datetime import datetime
from typing import Any

from aik_events.track import STATE_VERSION
from aik_service.inbox_tables import INBOX_TABLES
from sqlalchemy import JSON, BigInteger, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA = f"gateway_v{STATE_VERSION}"
TIME = DateTime(timezone=True)


class ReadModelRow(SQLModel, registry=registry()):
    """A registry of its own: another service may have tables of the same names in its schema."""


class AssetRow(ReadModelRow, table=True):
    __tablename__ = "asset"
    __table_args__ = (Index("asset_of_state", "state", "id"),)

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


class TimelineRow(ReadModelRow, table=True):
    """Every event that was ever judged, where it lies in the log, and the verdict on it (accepted: no reason).

    `job_id` is the job that it opened, closed or was about; `about` the little of its body that a reader of the
    timeline needs. When it was accepted, `told` is how listeners of the job are told, and `job` the job as the event
    left it: a JobRow, and the song's duration as far as it was known then.
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
    told: str | None
    job: dict[str, Any] | None = Field(sa_type=JSONB)
    duration_ms: int | None = Field(sa_type=BigInteger)


class EndpointRow(ReadModelRow, table=True):
    """A client's URL that webhooks go to, since it was first called or asked for."""

    __tablename__ = "endpoint"
    __table_args__ = (Index("endpoint_newest", "client_id", "created_at", "id"),)

    id: str = Field(primary_key=True)
    client_id: str
    url: str
    created_at: datetime = Field(sa_type=TIME)
    healthy_at: datetime | None = Field(sa_type=TIME)
    failing_since: datetime | None = Field(sa_type=TIME)
    disabled_at: datetime | None = Field(sa_type=TIME)
    disabled_reason: str | None


class DeliveryRow(ReadModelRow, table=True):
    """One message, as its event and the track right after it ask for; `id` is the `webhook-id`. It never changes.

    `data` is JSON and not JSONB, which would lose the order that it was signed in.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_newest", "client_id", "created_at", "id"),
        Index("delivery_newest_of_track", "track_id", "created_at", "id"),
    )

    id: str = Field(primary_key=True)
    client_id: str
    endpoint_id: str
    url: str
    kind: str
    event_id: str
    track_id: str | None
    data: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=TIME)


class DeliveryFactRow(ReadModelRow, table=True):
    """What the log says of a delivery: a try and what it came to, or that it was asked for again (without `attempt`).

    `outcome` is set when it ended the tries; `caused_by` is what had opened the delivery when the try began. All facts
    of one delivery lie in its endpoint's partition.
    """

    __tablename__ = "delivery_fact"
    __table_args__ = (Index("delivery_fact_in_order", "delivery_id", "offset"),)

    event_id: str = Field(primary_key=True)
    delivery_id: str
    endpoint_id: str
    offset: int = Field(sa_type=BigInteger)
    time: datetime = Field(sa_type=TIME)
    caused_by: str | None
    attempt: int | None
    outcome: str | None
    status: int | None
    latency_ms: int | None = Field(sa_type=BigInteger)
    error: str | None
    body: str | None
    retry_in_ms: int | None = Field(sa_type=BigInteger)


ROWS: tuple[type[SQLModel], ...] = (
    AssetRow,
    TrackRow,
    VersionRow,
    JobRow,
    TimelineRow,
    EndpointRow,
    DeliveryRow,
    DeliveryFactRow,
)
TABLES: tuple[type[SQLModel], ...] = (*INBOX_TABLES, *ROWS)
