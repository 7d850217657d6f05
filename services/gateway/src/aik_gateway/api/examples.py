"""An example of every body, made of the models themselves, so that none can be wrong."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aik_events.messages import Kind
from aik_lyrics import Karaoke
from aik_lyrics.documents import Alignment, Line, Word
from aik_lyrics.line_edits import LineEdit
from pydantic import BaseModel

from aik_gateway.api import bodies, limits, replies, webhook_messages
from aik_gateway.api.openapi_parts import TRACEPARENT
from aik_gateway.api.problem_replies import LateBody
from aik_gateway.readmodel.lists import DeliveryState, EndpointState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
UPLOAD, ASSET, TRACK, JOB = (f"{kind}_01kb3x5p7w8r9s0t1v2x3y4z5a" for kind in ("upl", "ast", "trk", "job"))
DELIVERY, ENDPOINT = (f"{kind}_01kb3x5p7w8r9s0t1v2x3y4z5a" for kind in ("msg", "end"))
SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
ETAG = '"9bb58f26192e4ba00f01e2e7b136bbd8"'
CURSOR = "AZsg8QyJdXL3fn3vNjZQ"
HOOK = "https://app.example.org/hooks/aik"
QC: dict[str, Any] = {"verdict": "pass", "score": 97, "codes": []}


@cache
def examples() -> dict[str, Any]:
    """By the name of the model."""
    made = [*_uploads(), *_tracks(), *_lyrics(), *_jobs(), *_webhooks(), *_messages(), _limits()]
    return {type(one).__name__: one.model_dump(mode="json", by_alias=True, exclude_unset=True) for one in made}


def _uploads() -> list[BaseModel]:
    part = replies.PartUrl(part_number=1, url=_url("source.mp3?partNumber=1&X-Amz-Signature=…"), expires_at=LATER)
    stored = replies.StoredPartBody(part_number=1, etag=ETAG, size=4_194_304)
    return [
        bodies.UploadRequest(filename="slow-motion-dream.mp3", size=4_194_304, content_type="audio/mpeg"),
        replies.UploadStarted(upload_id=UPLOAD, part_size=8_388_608, parts=[part], expires_at=LATER),
        replies.UploadBody(
            upload_id=UPLOAD, state="uploading", size=4_194_304, part_size=8_388_608, stored=[stored], expires_at=LATER
        ),
        bodies.PartsRequest(part_numbers=(1,)),
        replies.PartUrls(parts=[part]),
        bodies.CompleteRequest(parts=(bodies.SentPart(part_number=1, etag=ETAG),)),
        replies.AssetBody(asset_id=ASSET),
    ]


def _tracks() -> list[BaseModel]:
    version = replies.VersionBody(
        version=1,
        state="published",
        origin="import",
        based_on=None,
        job_id=JOB,
        created_at=NOW,
        published_at=LATER,
        qc=QC,
    )
    minus = replies.AssetFile(
        kind="minus",
        format="m4a",
        url=_url("minus.m4a?X-Amz-Signature=…"),
        expires_at=LATER,
        content_type="audio/mp4",
        size_bytes=3_456_789,
        sha256=SHA256,
    )
    track = replies.TrackBody(
        track_id=TRACK,
        title="Slow Motion Dream",
        artist="Steven M Bryant",
        language="en",
        callback_url=HOOK,
        duration_ms=214_000,
        newest_version=2,
        published_version=1,
        job=_job(),
        created_at=NOW,
    )
    return [
        bodies.ImportRequest(asset_id=ASSET, language="en", title="Slow Motion Dream", artist="Steven M Bryant"),
        replies.JobStarted(job_id=JOB, track_id=TRACK),
        track,
        replies.VersionsBody(items=[version], next_cursor=None),
        replies.TracksBody(items=[track], next_cursor=CURSOR),
        bodies.DetailsPatch(title="Slow Motion Dream", artist=None),
        replies.ReadyBody(
            track_id=TRACK,
            version=1,
            minus_url=minus.url,
            minus_url_expires_at=LATER,
            minus_content_type="audio/mp4",
            lyrics=_karaoke(),
            qc=QC,
        ),
        replies.AssetsBody(version=1, assets=[minus]),
        bodies.ReprocessRequest(steps=("align",)),
        replies.ReprocessBody(job_id=JOB, version=2),
    ]


def _lyrics() -> list[BaseModel]:
    line = LineEdit(id="l_1", text="It always seems like time stands still")
    return [
        _karaoke(),
        bodies.LyricsPatch(lines=(line, LineEdit(text="when I am with you")), reprocess=("align",)),
        replies.EditBody(version=2, job_id=JOB),
    ]


def _jobs() -> list[BaseModel]:
    told = replies.EventBody(
        id="evt_01kb3x5p7w8r9s0t1v2x3y4z5a",
        type="job.step_started",
        time=NOW,
        offset=4711,
        accepted=True,
        reason=None,
        detail=None,
        about={"step": "separate", "run": 0, "attempt": 1, "slaMs": 840_000},
    )
    return [
        _job(),
        replies.EventsBody(items=[told], next_cursor=None),
        bodies.CancelRequest(),
        bodies.RetryRequest(accept_qc=False),
        LateBody(job_id=JOB, track_id=TRACK),
    ]


def _webhooks() -> list[BaseModel]:
    tried = replies.AttemptBody(
        attempt=1, time=NOW, status=503, latency_ms=85, error="503", body="Come back later.", retry_at=LATER
    )
    delivery = replies.DeliveryBody(
        delivery_id=DELIVERY,
        type="track.ready",
        state=DeliveryState.PENDING,
        track_id=TRACK,
        endpoint_id=ENDPOINT,
        created_at=NOW,
        request=replies.SentRequest(url=HOOK, body='{"type": "track.ready", …}'),
        attempts=[tried],
    )
    endpoint = replies.EndpointBody(
        endpoint_id=ENDPOINT,
        url=HOOK,
        state=EndpointState.FAILING,
        created_at=NOW,
        healthy_at=None,
        failing_since=NOW,
        disabled_at=None,
        disabled_reason=None,
    )
    return [
        replies.SecretBody(secret="whsec_…"),  # noqa: S106 (no secret)
        replies.SecretsBody(secrets=[replies.SecretDatesBody(created_at=NOW, retires_at=None)]),
        bodies.WebhookTestRequest(url=HOOK),
        replies.DeliveryAsked(delivery_id=DELIVERY),
        replies.DeliveriesBody(items=[delivery], next_cursor=CURSOR),
        endpoint,
        replies.EndpointsBody(items=[endpoint], next_cursor=None),
    ]


def _messages() -> list[BaseModel]:
    client: dict[str, Any] = {"client_id": "browser-1", "trace_id": TRACEPARENT.split("-")[1]}
    about = {**client, "track_id": TRACK, "job_id": JOB, "version": 1}
    failure = replies.FailureBody(
        step="separate", code="engine-failed", detail="The engine ended.", retryable=True, attempts=3
    )
    ready = webhook_messages.TrackReadyData(
        **about,
        title="Slow Motion Dream",
        artist="Steven M Bryant",
        language="en",
        duration_ms=214_000,
        qc=webhook_messages.QcBody(**QC),
        ready_url=f"https://aik.example.org/v1/tracks/{TRACK}/ready?version=1",
    )
    failed = webhook_messages.JobFailedData(**about, failure=failure, job_url=f"https://aik.example.org/v1/jobs/{JOB}")
    updated = webhook_messages.LyricsUpdatedData(
        **{**about, "job_id": None, "version": 2},
        previous_version=1,
        lines_changed=1,
        changed_line_ids=["l_1"],
        lyrics_url=f"https://aik.example.org/v1/tracks/{TRACK}/lyrics?version=2",
    )
    test = webhook_messages.WebhookTestData(**client, track_id=None, job_id=None, version=None)
    return [
        webhook_messages.TrackReadyMessage(type=Kind.TRACK_READY, timestamp=NOW, data=ready),
        webhook_messages.JobFailedMessage(type=Kind.JOB_FAILED, timestamp=NOW, data=failed),
        webhook_messages.LyricsUpdatedMessage(type=Kind.LYRICS_UPDATED, timestamp=NOW, data=updated),
        webhook_messages.WebhookTestMessage(type=Kind.TEST, timestamp=NOW, data=test),
    ]


def _limits() -> limits.LimitsBody:
    return limits.LimitsBody(
        body=limits.BodyLimits(max_bytes=1_048_576),
        lyrics=limits.LyricsLimits(max_bytes=65_536, max_lines=2000),
        upload=limits.UploadLimits(max_bytes=1_073_741_824, lifetime_ms=86_400_000),
        part=limits.PartLimits(
            min_bytes=5_242_880,
            max_bytes=5_368_709_120,
            max_parts=10_000,
            max_urls=100,
            url_lifetime_ms=3_600_000,
        ),
        download=limits.DownloadLimits(url_lifetime_ms=600_000),
        list=limits.ListLimits(max_items=100),
        rate=limits.RateLimit(max_requests=1200, window_ms=60_000),
    )


def _job() -> replies.JobBody:
    step = replies.StepBody(
        step="separate",
        state="running",
        percent=40,
        eta_ms=18_000,
        attempt=1,
        sla_ms=840_000,
        started_at=NOW,
        finished_at=None,
    )
    return replies.JobBody(
        job_id=JOB,
        track_id=TRACK,
        version=1,
        state="running",
        step="separate",
        percent=22,
        eta_ms=42_000,
        attempt=1,
        steps=[step],
        failure=None,
    )


def _karaoke() -> Karaoke:
    words = (
        Word(id="w_1", text="It", after=" ", start_ms=14_250, end_ms=14_600, confidence=0.95, timing="aligned"),
        Word(id="w_2", text="seems", start_ms=14_700, end_ms=15_200, confidence=0.9, timing="aligned"),
    )
    line = Line(id="l_1", text="It seems", start_ms=14_250, end_ms=15_200, confidence=0.93, words=words)
    return Karaoke(
        track_id=TRACK,
        version=1,
        language="en",
        duration_ms=214_000,
        alignment=Alignment(
            engine="ctc",
            engine_version="1.4",
            weights_sha256="6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
            parameters={"compute_type": "int8"},
            coverage=0.98,
            confidence=0.91,
        ),
        lines=(line,),
    )


def _url(rest: str) -> str:
    return f"https://objects.example.org/aik/{rest}"
