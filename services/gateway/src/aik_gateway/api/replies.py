"""What is written on the wire: answers, in camelCase; times are RFC 3339, positions and durations ms."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from aik_events.asset import AssetState
from aik_events.pipeline import Step
from aik_events.track import JobState, StepState, VersionState
from aik_lyrics import Karaoke
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from aik_gateway.readmodel.lists import DeliveryState, EndpointState


def _named(kind: type[StrEnum]) -> Any:
    """A text that the document lists; readers ignore a value that they don't know."""
    return Field(json_schema_extra={"enum": [one.value for one in kind if one.value != "unknown"]})


JobStateName = Annotated[str, _named(JobState)]
StepStateName = Annotated[str, _named(StepState)]
VersionStateName = Annotated[str, _named(VersionState)]
UploadStateName = Annotated[str, _named(AssetState)]
StepName = Annotated[str, _named(Step)]
Origin = Annotated[str, Field(json_schema_extra={"enum": ["import", "edit", "reprocess"]})]


class Body(BaseModel):
    """Readers ignore what they don't know: fields may be added."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        use_attribute_docstrings=True,
    )


class PartUrl(Body):
    part_number: int
    url: str
    expires_at: datetime


class PartUrls(Body):
    parts: list[PartUrl]


class UploadStarted(Body):
    upload_id: str
    part_size: int
    parts: list[PartUrl]
    """A first batch; the rest by POST …/parts."""
    expires_at: datetime


class StoredPartBody(Body):
    part_number: int
    etag: str
    size: int


class UploadBody(Body):
    upload_id: str
    state: UploadStateName
    size: int
    part_size: int
    stored: list[StoredPartBody]
    expires_at: datetime


class AssetBody(Body):
    asset_id: str


class JobStarted(Body):
    job_id: str
    track_id: str


class StepBody(Body):
    """`etaMs` is the work that is left of it: null when there is none or nobody knows."""

    step: StepName
    state: StepStateName
    percent: int
    eta_ms: int | None
    attempt: int
    sla_ms: int | None
    started_at: datetime | None
    finished_at: datetime | None


class FailureBody(Body):
    step: StepName
    code: str
    detail: str
    retryable: bool
    attempts: int


class JobBody(Body):
    """`attempt` is the run of the job, from 1; `step` the one that it is at or failed at.

    `etaMs` is the work that is left, without the time that it waits for a worker.
    """

    job_id: str
    track_id: str
    version: int
    state: JobStateName
    step: StepName | None
    percent: int
    eta_ms: int | None
    attempt: int
    steps: list[StepBody]
    failure: FailureBody | None = None


class EventBody(Body):
    """`offset` is its place in the log; a rejected event changed nothing, for `reason` and `detail`."""

    id: str
    type: str
    time: datetime
    offset: int
    accepted: bool
    reason: str | None
    detail: str | None
    about: dict[str, Any]
    """What the event says of {steps, run, step, attempt, slaMs, code, detail, retryInMs, retryable, acceptQc}."""


class EventsBody(Body):
    """A page, the oldest first; `nextCursor` is null on the last one."""

    items: list[EventBody]
    next_cursor: str | None


class TrackBody(Body):
    track_id: str
    title: str | None
    artist: str | None
    language: str | None
    callback_url: str | None
    duration_ms: int | None
    newest_version: int
    published_version: int | None
    job: JobBody
    created_at: datetime


class VersionBody(Body):
    version: int
    state: VersionStateName
    origin: Origin
    based_on: int | None
    job_id: str | None
    created_at: datetime
    published_at: datetime | None
    qc: dict[str, Any] | None


class VersionsBody(Body):
    """A page; `nextCursor` is null on the last one."""

    items: list[VersionBody]
    next_cursor: str | None


class TracksBody(Body):
    """A page, the newest first; `nextCursor` is null on the last one."""

    items: list[TrackBody]
    next_cursor: str | None


class ReadyBody(Body):
    track_id: str
    version: int
    minus_url: str
    minus_url_expires_at: datetime
    minus_content_type: str
    lyrics: Karaoke
    qc: dict[str, Any] | None


class AssetFile(Body):
    kind: str
    format: str
    url: str
    expires_at: datetime
    content_type: str
    size_bytes: int
    sha256: str


class AssetsBody(Body):
    version: int
    assets: list[AssetFile]


class EditBody(Body):
    version: int
    job_id: str | None = None


class ReprocessBody(Body):
    job_id: str
    version: int


class SecretBody(Body):
    """Shown once."""

    secret: str


class SecretDatesBody(Body):
    created_at: datetime
    retires_at: datetime | None = Field(description="a rotated secret still signs until then")


class SecretsBody(Body):
    """The secrets that sign now, the newest first."""

    secrets: list[SecretDatesBody]


class EndpointBody(Body):
    """`healthyAt` is the last success, `failingSince` the first failure after it, or after it was enabled.

    A disabled endpoint is not called until it is enabled.
    """

    endpoint_id: str
    url: str
    state: EndpointState
    created_at: datetime
    healthy_at: datetime | None
    failing_since: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None


class EndpointsBody(Body):
    """A page, the newest first; `nextCursor` is null on the last one."""

    items: list[EndpointBody]
    next_cursor: str | None


class SentRequest(Body):
    url: str
    body: str
    """The message as this gateway writes it, with its AIK_PUBLIC_URL.

    That is the very text that is signed, if the notifier had the same AIK_PUBLIC_URL when the delivery was opened.
    """


class AttemptBody(Body):
    """One try. `status` is null when no answer came, `error` when it was delivered; `body` is the first KiB of it."""

    attempt: int
    time: datetime
    status: int | None
    latency_ms: int
    error: str | None
    body: str
    retry_at: datetime | None


class DeliveryBody(Body):
    """`deliveryId` is the `webhook-id`; `attempts` are the newest 20, the last one first."""

    delivery_id: str
    type: str
    state: DeliveryState
    track_id: str | None
    endpoint_id: str
    created_at: datetime
    request: SentRequest
    attempts: list[AttemptBody]


class DeliveriesBody(Body):
    """A page, the newest first; `nextCursor` is null on the last one."""

    items: list[DeliveryBody]
    next_cursor: str | None


class DeliveryAsked(Body):
    delivery_id: str
