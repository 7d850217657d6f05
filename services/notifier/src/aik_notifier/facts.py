"""What a try came to, as a fact for the log."""

from datetime import datetime
from typing import Any

from aik_events.catalogue import WebhookAttemptFailed, WebhookDelivered, WebhookExhausted
from aik_events.catalogue.webhooks import AttemptEvent
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
        return Meta(
            id=derived(lease.delivery_id, event.TYPE, lease.attempt),
            subject=lease.endpoint_id,
            time=now,
            source="aik/notifier",
            client_id=lease.client_id,
            causation_id=lease.event_id,
            traceparent=traceparent,
        )

    if answer.error is None:
        return WebhookDelivered(meta=meta(WebhookDelivered), **about)
    wait = wait_ms(lease.delivery_id, lease.attempt, retry_after_ms(answer.retry_after, now))
    if wait is None or answer.status == GONE:
        return WebhookExhausted(meta=meta(WebhookExhausted), **about, error=answer.error)
    return WebhookAttemptFailed(meta=meta(WebhookAttemptFailed), **about, error=answer.error, retry_in_ms=wait)
