"""The deliveries: opened by events, moved on and closed by the facts that senders tell the log."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from aik_events.catalogue import (
    Event,
    TrackDeleted,
    WebhookAttemptFailed,
    WebhookDelivered,
    WebhookExhausted,
    WebhookRedeliveryRequested,
    WebhookTestRequested,
)
from aik_events.messages import Message, message_of, message_of_test
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_service.database import Database, table_of
from aik_service.folding import Change
from aik_service.inbox_tables import Folded
from aik_service.leases import RELEASED
from sqlalchemy import ColumnElement, case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_notifier import endpoints
from aik_notifier.delivery_rows import row_of_fact, row_of_message, row_of_redelivery
from aik_notifier.tables import CHANNEL, DELIVERY, Outcome

FOLDED = table_of(Folded)
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
        await connection.execute(ONE_AT_A_TIME, {"name": f"{self._database.schema}.{CHANNEL}"})
        messages = [m for c in accepted if (m := _message(c)) is not None]
        await self._open(connection, list({m.id: m for m in messages}.values()))
        await _withdraw(connection, {c.after.id for c in changes if isinstance(c.after, Track) and c.after.deleted})
        await endpoints.store(connection, accepted)
        for is_turn, run in groupby(accepted, _is_turn):
            if is_turn:
                await self._turn(connection, list(run))
            else:
                await _note(connection, [change.event for change in run])

    async def halt(self, connection: AsyncConnection, events: Sequence[Event]) -> None:
        """What is open of a deleted track is withdrawn; a canceled job has told nobody anything yet."""
        await connection.execute(ONE_AT_A_TIME, {"name": f"{self._database.schema}.{CHANNEL}"})
        await _withdraw(connection, {event.meta.subject for event in events if isinstance(event, TrackDeleted)})

    async def _open(self, connection: AsyncConnection, messages: Sequence[Message]) -> None:
        """A row that its facts have made before gets its content, and stays as far as they brought it."""
        if not messages:
            return
        opening = insert(DELIVERY).values([row_of_message(m, self._public_url) for m in messages])
        content = {name: opening.excluded[name] for name in ("traceparent", "body")}
        await connection.execute(
            opening.on_conflict_do_update(index_elements=["id"], set_=content, where=DELIVERY.c.body.is_(None))
        )
        await self._database.notify(connection, CHANNEL)

    async def _turn(self, connection: AsyncConnection, changes: Sequence[Change]) -> None:
        for change in changes:
            if isinstance(change.event, WebhookRedeliveryRequested):
                await _reopen(connection, change.event)
            else:
                await endpoints.make_due(connection, change)
        await self._database.notify(connection, CHANNEL)


def _message(change: Change) -> Message | None:
    if isinstance(change.event, WebhookTestRequested):
        return message_of_test(change.event)
    return message_of(change.event, change.after) if isinstance(change.after, Track) else None


def _is_turn(change: Change) -> bool:
    """What makes deliveries due: between the facts before and those after it, in the order of the log."""
    return isinstance(change.event, WebhookRedeliveryRequested) or endpoints.is_enabled_again(change)


async def _withdraw(connection: AsyncConnection, track_ids: set[str]) -> None:
    if track_ids:
        open_ones = DELIVERY.c.track_id.in_(track_ids) & DELIVERY.c.outcome.is_(None)
        await connection.execute(update(DELIVERY).where(open_ones).values(outcome=Outcome.WITHDRAWN, **RELEASED))


async def _reopen(connection: AsyncConnection, event: WebhookRedeliveryRequested) -> None:
    """Once for each request. Who is at it loses the lease: what that try came to says nothing of the new one.

    Of a deleted track nothing is opened again, as if the deletion had come after the request.
    """
    deleted = select(FOLDED.c.key).where(
        FOLDED.c.topic == TRACKS, FOLDED.c.key == event.track_id, FOLDED.c.state["deleted"].as_boolean()
    )
    is_gone = (await connection.execute(deleted)).first() is not None
    asked = insert(DELIVERY).values(row_of_redelivery(event) | {"outcome": Outcome.WITHDRAWN if is_gone else None})
    again = {
        "outcome": asked.excluded.outcome,
        "run_after": asked.excluded.run_after,
        "opened_by": asked.excluded.opened_by,
        "redeliveries": DELIVERY.c.redeliveries + asked.excluded.redeliveries,
        "earlier_attempts": DELIVERY.c.attempt,
        **RELEASED,
    }
    is_new = ~DELIVERY.c.redeliveries.contains(asked.excluded.redeliveries)
    await connection.execute(asked.on_conflict_do_update(index_elements=["id"], set_=again, where=is_new))


async def _note(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """Of the facts that count (see AttemptEvent) a failure does so unless a later try has begun; a success stands.

    What is of an earlier round uses up its number and nothing else.
    """
    failed = [row_of_fact(e) for e in events if isinstance(e, WebhookAttemptFailed)]
    closed = [row_of_fact(e) for e in events if isinstance(e, (WebhookDelivered, WebhookExhausted))]
    noted = insert(DELIVERY)
    told, row = noted.excluded, DELIVERY.c
    is_of_this_round = told.opened_by.is_not_distinct_from(row.opened_by)
    earlier = case((is_of_this_round, row.earlier_attempts), else_=func.greatest(row.earlier_attempts, told.attempt))
    numbers = {"attempt": func.greatest(row.attempt, told.attempt), "earlier_attempts": earlier}
    if failed:
        counts = is_of_this_round & (row.attempt <= told.attempt)
        moved = numbers | _changed_if(counts, {"run_after": told.run_after, **RELEASED})
        await connection.execute(noted.on_conflict_do_update(index_elements=["id"], set_=moved), failed)
    if closed:
        counts = is_of_this_round & row.outcome.is_distinct_from(Outcome.DELIVERED)
        ended = numbers | _changed_if(counts, {"outcome": told.outcome, **RELEASED})
        await connection.execute(noted.on_conflict_do_update(index_elements=["id"], set_=ended), closed)


def _changed_if(counts: ColumnElement[bool], values: Mapping[str, object]) -> dict[str, object]:
    return {name: case((counts, value), else_=DELIVERY.c[name]) for name, value in values.items()}
