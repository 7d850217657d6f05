"""Deliveries of webhooks: each row is written once and never again, so they may come in any order."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from aik_events.catalogue import (
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookExhausted,
    WebhookRedeliveryRequested,
    WebhookTestRequested,
)
from aik_events.catalogue.webhooks import AttemptEvent, DeliveryEvent
from aik_events.ids import endpoint_id
from aik_events.messages import Message, message_of, message_of_test
from aik_events.track import Track
from aik_service.folding import Change
from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from aik_gateway.readmodel.model import TIME, Model, ReadModelRow

DELIVERED, EXHAUSTED = "delivered", "exhausted"
NUL, REPLACEMENT = "\0", "\ufffd"
"""Postgres has no text with a zero character in it; what an endpoint answers may have."""


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


def deliveries_of(change: Change) -> Iterator[SQLModel]:
    """What the event asks to be sent, or what it tells of a delivery."""
    if not change.verdict.accepted or change.verdict.repeat:
        return
    match change.event:
        case WebhookTestRequested():
            yield _delivery(message_of_test(change.event))
        case WebhookDelivered() | WebhookAttemptFailed() | WebhookExhausted() | WebhookRedeliveryRequested():
            yield _fact(change, change.event)
        case _ if isinstance(change.after, Track):
            message = message_of(change.event, change.after)
            if message is not None:
                yield _delivery(message)


def _delivery(message: Message) -> DeliveryRow:
    return DeliveryRow.model_construct(
        id=message.id,
        client_id=message.client_id,
        endpoint_id=endpoint_id(message.client_id, message.url),
        url=message.url,
        kind=message.kind,
        event_id=message.event_id,
        track_id=message.track_id,
        data=dict(message.data),
        created_at=message.time,
    )


def _fact(change: Change, event: DeliveryEvent) -> DeliveryFactRow:
    tried: dict[str, Any] = dict.fromkeys(("attempt", "status", "latency_ms", "error", "body", "retry_in_ms"))
    if isinstance(event, AttemptEvent):
        said = {name: value for name, value in event.model_dump().items() if name in tried}
        tried |= {
            name: value.replace(NUL, REPLACEMENT) if isinstance(value, str) else value for name, value in said.items()
        }
    return DeliveryFactRow.model_construct(
        event_id=event.meta.id,
        delivery_id=event.delivery_id,
        endpoint_id=event.meta.subject,
        offset=change.position.offset,
        time=event.meta.time,
        caused_by=event.meta.causation_id,
        outcome=_outcome(event),
        **tried,
    )


def _outcome(event: DeliveryEvent) -> str | None:
    match event:
        case WebhookDelivered():
            return DELIVERED
        case WebhookExhausted():
            return EXHAUSTED
        case _:
            return None


MODEL = Model({DeliveryRow: ("track_id", "endpoint_id"), DeliveryFactRow: ("endpoint_id",)}, of_change=deliveries_of)
