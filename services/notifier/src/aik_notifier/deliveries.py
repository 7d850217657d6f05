"""The deliveries: opened by the tracks' events, moved on and closed by the facts that senders tell the log."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from aik_events.catalogue import Event, TrackDeleted, WebhookAttemptFailed, WebhookDelivered, WebhookExhausted
from aik_events.catalogue.webhooks import AttemptEvent
from aik_events.ids import endpoint_id
from aik_events.messages import Message, message_of
from aik_events.track import Track
from aik_service.database import Database, table_of
from aik_service.folding import Change
from aik_service.leases import RELEASED, LeasedRow
from sqlalchemy import Index, func, or_, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import Field

CHANNEL = "deliveries"


class Outcome(StrEnum):
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    WITHDRAWN = "withdrawn"


class Delivery(LeasedRow, table=True):
    """One message to one endpoint, closed once it has an outcome.

    Its content comes from aik.tracks and its attempts from aik.webhooks, in either order: without a body it is known
    from its facts alone.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index(
            "delivery_due", "run_after", postgresql_where=text("outcome IS NULL AND body IS NOT NULL AND NOT parked")
        ),
    )

    id: str = Field(primary_key=True)
    endpoint_id: str
    client_id: str
    url: str
    kind: str
    track_id: str | None = Field(default=None, index=True)
    event_id: str | None = None
    traceparent: str | None = None
    body: str | None = None
    outcome: str | None = None


DELIVERY = table_of(Delivery)
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext(:name))")


class DeliveryProjection:
    """Every write bears repeats, and content and facts commute: the topics may be read in any order.

    One batch at a time: two that went through the same deliveries in other orders would wait for each other.
    """

    def __init__(self, database: Database, public_url: str) -> None:
        self._database = database
        self._public_url = public_url

    async def apply(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        accepted = [c for c in changes if c.verdict.accepted and not c.verdict.repeat]
        messages = [m for c in accepted if (m := message_of(c.event, c.after)) is not None]
        await connection.execute(ONE_AT_A_TIME, {"name": f"{self._database.schema}.{CHANNEL}"})
        await self._open(connection, messages)
        await _withdraw(connection, {c.after.id for c in changes if isinstance(c.after, Track) and c.after.deleted})
        await _note(connection, [c.event for c in accepted])

    async def halt(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """What is open of a deleted track is withdrawn; a canceled job has told nobody anything yet."""
        await connection.execute(ONE_AT_A_TIME, {"name": f"{self._database.schema}.{CHANNEL}"})
        await _withdraw(connection, {event.meta.subject for event in events if isinstance(event, TrackDeleted)})

    async def _open(self, connection: AsyncConnection, messages: Sequence[Message]) -> None:
        """A row that its facts have made before gets its content, and stays as far as they brought it."""
        if not messages:
            return
        opening = insert(DELIVERY).values([_row_of_message(m, self._public_url) for m in messages])
        content = {name: opening.excluded[name] for name in ("event_id", "traceparent", "body")}
        await connection.execute(
            opening.on_conflict_do_update(index_elements=["id"], set_=content, where=DELIVERY.c.body.is_(None))
        )
        await self._database.notify(connection, CHANNEL)


async def _withdraw(connection: AsyncConnection, track_ids: set[str]) -> None:
    if track_ids:
        open_ones = DELIVERY.c.track_id.in_(track_ids) & DELIVERY.c.outcome.is_(None)
        await connection.execute(update(DELIVERY).where(open_ones).values(outcome=Outcome.WITHDRAWN, **RELEASED))


async def _note(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """An attempt counts unless a later one has begun; the first outcome stands, but for a withdrawal."""
    failed = [_row_of_fact(e) for e in events if isinstance(e, WebhookAttemptFailed)]
    closed = [_row_of_fact(e) for e in events if isinstance(e, (WebhookDelivered, WebhookExhausted))]
    noted = insert(DELIVERY)
    if failed:
        moved = {"attempt": noted.excluded.attempt, "run_after": noted.excluded.run_after, **RELEASED}
        later = DELIVERY.c.attempt <= noted.excluded.attempt
        await connection.execute(noted.on_conflict_do_update(index_elements=["id"], set_=moved, where=later), failed)
    if closed:
        attempt = func.greatest(DELIVERY.c.attempt, noted.excluded.attempt)
        ended = {"attempt": attempt, "outcome": noted.excluded.outcome, **RELEASED}
        first = or_(DELIVERY.c.outcome.is_(None), DELIVERY.c.outcome == Outcome.WITHDRAWN)
        await connection.execute(noted.on_conflict_do_update(index_elements=["id"], set_=ended, where=first), closed)


def _row_of_message(message: Message, public_url: str) -> dict[str, Any]:
    return {
        "id": message.id,
        "endpoint_id": endpoint_id(message.client_id, message.url),
        "client_id": message.client_id,
        "url": message.url,
        "kind": message.kind,
        "track_id": message.track_id,
        "event_id": message.event_id,
        "traceparent": message.traceparent,
        "body": message.body(public_url),
        "attempt": 0,
        "run_after": message.time,
        "parked": False,
    }


def _row_of_fact(event: AttemptEvent) -> dict[str, Any]:
    run_after, outcome = event.meta.time, None
    match event:
        case WebhookAttemptFailed():
            run_after += timedelta(milliseconds=event.retry_in_ms)
        case WebhookDelivered():
            outcome = Outcome.DELIVERED
        case WebhookExhausted():
            outcome = Outcome.EXHAUSTED
    return {
        "id": event.delivery_id,
        "endpoint_id": event.meta.subject,
        "client_id": event.meta.client_id,
        "url": event.url,
        "kind": event.kind,
        "track_id": event.track_id,
        "attempt": event.attempt,
        "run_after": run_after,
        "outcome": outcome,
        "parked": False,
    }
