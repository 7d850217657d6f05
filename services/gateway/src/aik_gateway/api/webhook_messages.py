"""What a client's own endpoint is sent, described in OpenAPI beside the routes; the notifier sends it."""

from datetime import datetime
from typing import Annotated, Any, Literal

from aik_events.messages import MAX_LINE_IDS, Kind
from fastapi import APIRouter, Header
from pydantic import BaseModel, Field
from pydantic.alias_generators import to_camel

from aik_gateway.api.replies import Body, FailureBody

ANSWERS: dict[int | str, dict[str, Any]] = {
    410: {"description": "The endpoint is disabled until it is enabled again"},
    "default": {"description": "It comes again later, as does one that is not answered in 15 seconds"},
}


class QcBody(Body):
    verdict: str
    score: float
    codes: list[str]


class JobData(Body):
    client_id: str
    track_id: str
    job_id: str
    version: int
    trace_id: str | None


class TrackReadyData(JobData):
    title: str | None
    artist: str | None
    language: str | None
    duration_ms: int | None
    qc: QcBody | None
    ready_url: str


class JobFailedData(JobData):
    failure: FailureBody | None
    job_url: str


class LyricsUpdatedData(Body):
    """`jobId` is null for a draft."""

    client_id: str
    track_id: str
    job_id: str | None
    version: int
    trace_id: str | None
    previous_version: int
    lines_changed: int
    changed_line_ids: list[str] = Field(max_length=MAX_LINE_IDS)
    """The first hundred of them."""
    lyrics_url: str


class WebhookTestData(Body):
    """About no track."""

    client_id: str
    track_id: None
    job_id: None
    version: None
    trace_id: str | None


class TrackReadyMessage(Body):
    type: Literal[Kind.TRACK_READY]
    timestamp: datetime
    data: TrackReadyData


class JobFailedMessage(Body):
    type: Literal[Kind.JOB_FAILED]
    timestamp: datetime
    data: JobFailedData


class LyricsUpdatedMessage(Body):
    type: Literal[Kind.LYRICS_UPDATED]
    timestamp: datetime
    data: LyricsUpdatedData


class WebhookTestMessage(Body):
    type: Literal[Kind.TEST]
    timestamp: datetime
    data: WebhookTestData


class SentHeaders(BaseModel):
    webhook_id: str = Field(description="The message's, the same on every try: remember it, one may come twice.")
    webhook_timestamp: str = Field(description="When this try was signed, in seconds since 1970.")
    webhook_signature: str = Field(
        description="Standard Webhooks 1.0: `v1,` and an HMAC-SHA256; two of them while a rotated secret still signs."
    )
    traceparent: str | None = Field(default=None, description="The trace of the request that it follows from.")


Sent = Annotated[SentHeaders, Header()]

router = APIRouter(tags=["webhooks"], generate_unique_id_function=lambda route: to_camel(route.name), responses=ANSWERS)


@router.post(Kind.TRACK_READY.value, status_code=204, response_description="Received, as every 2xx says")
def track_ready(message: TrackReadyMessage, headers: Sent) -> None:
    """A version is published."""


@router.post(Kind.JOB_FAILED.value, status_code=204, response_description="Received, as every 2xx says")
def job_failed(message: JobFailedMessage, headers: Sent) -> None:
    """No try of a job is left."""


@router.post(Kind.LYRICS_UPDATED.value, status_code=204, response_description="Received, as every 2xx says")
def lyrics_updated(message: LyricsUpdatedMessage, headers: Sent) -> None:
    """A PATCH has changed the lyrics."""


@router.post(Kind.TEST.value, status_code=204, response_description="Received, as every 2xx says")
def webhook_test(message: WebhookTestMessage, headers: Sent) -> None:
    """Somebody has asked for it: `POST /v1/webhooks/test`."""
