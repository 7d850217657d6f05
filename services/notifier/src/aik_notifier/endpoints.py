"""The endpoints: which are disabled, which fail; and what waits for one is due again when it is enabled."""

from collections.abc import Sequence
from typing import Any

from aik_events.endpoint import Endpoint
from aik_service.folding import Change
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_notifier.tables import DELIVERY, ENDPOINT


async def store(connection: AsyncConnection, changes: Sequence[Change]) -> None:
    """The last state of each endpoint in these changes."""
    last = {c.after.id: c.after for c in changes if isinstance(c.after, Endpoint)}
    if last:
        upsert = insert(ENDPOINT).values([_row(endpoint) for endpoint in last.values()])
        state = {name: upsert.excluded[name] for name in ("is_disabled", "is_healthy", "failing_since")}
        await connection.execute(upsert.on_conflict_do_update(index_elements=["id"], set_=state))


def is_enabled_again(change: Change) -> bool:
    return isinstance(change.after, Endpoint) and bool(change.before.disabled_at) and not change.after.disabled_at


async def make_due(connection: AsyncConnection, change: Change) -> None:
    """What is open of an endpoint that is enabled again, its next try brought forward."""
    at = change.event.meta.time
    waiting = (DELIVERY.c.endpoint_id == change.after.id) & DELIVERY.c.outcome.is_(None) & (DELIVERY.c.run_after > at)
    await connection.execute(update(DELIVERY).where(waiting).values(run_after=at))


def _row(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "is_disabled": endpoint.disabled_at is not None,
        "is_healthy": endpoint.is_healthy(),
        "failing_since": endpoint.failing_since,
    }
