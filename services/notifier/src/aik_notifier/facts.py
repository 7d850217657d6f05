"""What a try came to, as a fact for the log."""

from datetime import datetime
from typing import Any

from aik_events.catalogue import WebhookAttemptFailed, WebhookDelivered, WebhookEndpointDisabled, WebhookExhausted
from aik_events.catalogue.webhooks import AttemptEvent, WebhookEvent
from aik_events.endpoint import Endpoint
from aik_events.event import Meta
from aik_events.ids import derived

from aik_notifier.poster import Answer
from aik_notifier.queue import DeliveryLease
from aik_notifier.schedule import retry_after_ms, wait_ms

GONE = 410


def fact_of(lease: DeliveryLease, answer: Answer, *, now: datetime, traceparent: str | None) -> AttemptEvent:
    """Delivered, or failed with the wait before the next try, or exhausted: after the last try, or a 410."""
    about: dict[str, Any] = {
        "url": lease.url,
        "delivery_id": lease.delivery_id,
        "kind": lease.kind,
        "track_id": lease.track_id,
        "attempt": lease.attempt,
        "status": answer.status,
        "latency_ms": answer.latency_ms,
        "body": answer.body,
    }

    def meta(event: type[AttemptEvent]) -> Meta:
        return _meta(lease, event, now, traceparent)

    if answer.error is None:
        return WebhookDelivered(meta=meta(WebhookDelivered), **about)
    wait = wait_ms(lease.delivery_id, lease.attempt - lease.earlier_attempts, retry_after_ms(answer.retry_after, now))
    if wait is None or answer.status == GONE:
        return WebhookExhausted(meta=meta(WebhookExhausted), **about, error=answer.error)
    return WebhookAttemptFailed(meta=meta(WebhookAttemptFailed), **about, error=answer.error, retry_in_ms=wait)


def disabling_of(
    lease: DeliveryLease, answer: Answer, *, now: datetime, traceparent: str | None
) -> WebhookEndpointDisabled | None:
    """Said of an endpoint that is gone, or fails once more when it is worn out; None of all others."""
    reason = _disabled_for(lease, answer, now)
    if reason is None:
        return None
    meta = _meta(lease, WebhookEndpointDisabled, now, traceparent)
    return WebhookEndpointDisabled(meta=meta, url=lease.url, reason=reason)


def _disabled_for(lease: DeliveryLease, answer: Answer, now: datetime) -> str | None:
    if answer.status == GONE:
        return "gone"
    endpoint = Endpoint(id=lease.endpoint_id, failing_since=lease.failing_since)
    return "failing" if answer.error is not None and endpoint.is_worn_out(now) else None


def _meta(lease: DeliveryLease, event: type[WebhookEvent], now: datetime, traceparent: str | None) -> Meta:
    return Meta(
        id=derived(lease.delivery_id, event.TYPE, lease.attempt),
        subject=lease.endpoint_id,
        time=now,
        source="aik/notifier",
        client_id=lease.client_id,
        causation_id=lease.opened_by,
        traceparent=traceparent,
    )
