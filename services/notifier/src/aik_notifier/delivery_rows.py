"""The rows of deliveries, as each event gives them."""

from datetime import timedelta
from typing import Any

from aik_events.catalogue import WebhookAttemptFailed, WebhookDelivered, WebhookExhausted, WebhookRedeliveryRequested
from aik_events.catalogue.webhooks import AttemptEvent, DeliveryEvent
from aik_events.ids import endpoint_id
from aik_events.messages import Message
from aik_service.callback_url import AddressRefused, target_of

from aik_notifier.tables import Outcome


def row_of_message(message: Message, public_url: str) -> dict[str, Any]:
    return {
        "id": message.id,
        "endpoint_id": endpoint_id(message.client_id, message.url),
        "client_id": message.client_id,
        "url": message.url,
        "host": host_of(message.url),
        "kind": message.kind,
        "track_id": message.track_id,
        "opened_by": message.event_id,
        "traceparent": message.traceparent,
        "body": message.body(public_url),
        "attempt": 0,
        "run_after": message.time,
        "parked": False,
    }


def row_of_fact(event: AttemptEvent) -> dict[str, Any]:
    run_after, outcome = event.meta.time, None
    match event:
        case WebhookAttemptFailed():
            run_after += timedelta(milliseconds=event.retry_in_ms)
        case WebhookDelivered():
            outcome = Outcome.DELIVERED
        case WebhookExhausted():
            outcome = Outcome.EXHAUSTED
    told = {"attempt": event.attempt, "run_after": run_after, "outcome": outcome}
    return _known_from(event) | told | {"opened_by": event.meta.causation_id}


def row_of_redelivery(event: WebhookRedeliveryRequested) -> dict[str, Any]:
    """Of a delivery that nothing else is known of yet."""
    asked = {"attempt": 0, "run_after": event.meta.time, "redeliveries": [event.meta.id]}
    return _known_from(event) | asked | {"opened_by": event.meta.id}


def _known_from(event: DeliveryEvent) -> dict[str, Any]:
    return {
        "id": event.delivery_id,
        "endpoint_id": event.meta.subject,
        "client_id": event.meta.client_id,
        "url": event.url,
        "host": host_of(event.url),
        "kind": event.kind,
        "track_id": event.track_id,
        "parked": False,
    }


def host_of(url: str) -> str:
    try:
        return target_of(url).host
    except AddressRefused:
        return ""
