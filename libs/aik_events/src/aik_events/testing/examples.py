"""One example of every event: the golden bytes are made of these, so an example never changes."""

from aik_events.catalogue import (
    RecordDropped,
    StepProgressed,
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookEndpointDisabled,
    WebhookEndpointEnabled,
    WebhookExhausted,
    WebhookRedeliveryRequested,
    WebhookTestRequested,
)
from aik_events.event import Event
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.testing.minting import Minter

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
URL = "https://example.org/hook"


def examples() -> list[Event]:
    return [*_of_an_asset(), *_of_a_track(), *_of_a_webhook(), *_of_records_and_steps()]


def _of_an_asset() -> list[Event]:
    author = AssetAuthor(traceparent=TRACEPARENT)
    return [author.upload_started(), author.uploaded(), author.aborted("expired"), author.removed()]


def _of_a_track() -> list[Event]:
    author = Author(traceparent=TRACEPARENT)
    imported = author.imported(lyrics=True, title="Тихая река", artist="Łukasz", callback_url=URL, priority=2)
    author.published()
    return [
        imported,
        author.details_changed(title="Quiet River 🎤", artist=None),
        author.edited(lines_changed=2),
        author.reprocess("separate", "transcribe"),
        author.step_started("separate"),
        author.step_failed("separate"),
        *(author.finished(step) for step in ("separate", "transcribe", "align")),
        author.failed("check", code="qc-failed"),
        author.retried(accept_qc=True),
        *(author.finished(step) for step in ("check", "publish")),
        author.canceled(),
        author.deleted(),
    ]


def _of_a_webhook() -> list[Event]:
    minter = Minter("end_1", client="client-1", traceparent=TRACEPARENT)
    delivery = {"url": URL, "delivery_id": "dlv_1", "kind": "track.ready", "track_id": "trk_1"}
    answer = {"attempt": 2, "status": 503, "latency_ms": 120, "body": "busy", "error": "status 503"}
    return [
        WebhookAttemptFailed.model_validate({"meta": minter.meta(), **delivery, **answer, "retry_in_ms": 5000}),
        WebhookExhausted.model_validate({"meta": minter.meta(), **delivery, **answer}),
        WebhookDelivered.model_validate({"meta": minter.meta(), **delivery, **answer, "status": 204, "body": ""}),
        WebhookRedeliveryRequested.model_validate({"meta": minter.meta(), **delivery}),
        WebhookTestRequested(meta=minter.meta(), url=URL),
        WebhookEndpointDisabled(meta=minter.meta(), url=URL, reason="gone"),
        WebhookEndpointEnabled(meta=minter.meta(), url=URL),
    ]


def _of_records_and_steps() -> list[Event]:
    minter = Minter("trk_1", client="client-1", traceparent=None)
    dropped = {"topic": "aik.tracks", "partition": 3, "offset": 42, "reason": "nobody can read it"}
    progress = {"job_id": "job_1_1", "run": 0, "step": "align", "attempt": 1, "share": 0.25}
    return [
        RecordDropped.model_validate({"meta": minter.meta(), **dropped}),
        StepProgressed.model_validate({"meta": minter.meta(), **progress}),
    ]
