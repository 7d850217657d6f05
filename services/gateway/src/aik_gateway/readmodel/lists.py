"""The lists that clients read, as statements: one more row than the limit tells that there is a next page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func
from sqlalchemy.orm import aliased, defer
from sqlmodel import col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from aik_gateway.readmodel.models.deliveries import DeliveryFactRow, DeliveryRow
from aik_gateway.readmodel.models.endpoints import EndpointRow
from aik_gateway.readmodel.models.timeline import TimelineRow
from aik_gateway.readmodel.models.tracks import JobRow, TrackRow, VersionRow
from aik_gateway.readmodel.paging import Place

ATTEMPTS = 20
"""So many of a delivery's newest attempts are shown; there are 10 unless it was asked for again."""

SCANNED = 1_000
"""So many rows are looked at for one page of those in a state that no index knows."""


class EndpointState(StrEnum):
    HEALTHY = "healthy"
    FAILING = "failing"
    DISABLED = "disabled"


class DeliveryState(StrEnum):
    """`waiting`: its endpoint is disabled; `withdrawn`: its track was deleted before it was delivered."""

    PENDING = "pending"
    WAITING = "waiting"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Asked:
    """A page that a client wants, of those in this state if any is named; nothing beyond `until` is looked at."""

    limit: int
    after: Place | None = None
    state: str | None = None
    until: Place | None = None


@dataclass(frozen=True)
class Delivery:
    """`attempts` are the newest ones, the last one first."""

    row: DeliveryRow
    state: str
    attempts: Sequence[DeliveryFactRow]


def tracks(client_id: str, asked: Asked) -> Select[TrackRow, JobRow]:
    created_at, id = col(TrackRow.created_at), col(TrackRow.id)
    found = select(TrackRow, JobRow).join(JobRow, col(JobRow.id) == TrackRow.job_id)
    found = found.where(TrackRow.client_id == client_id, col(TrackRow.deleted).is_(False))
    if asked.state is not None:
        found = found.where(TrackRow.job_state == asked.state)
    if asked.after is not None:
        found = found.where(asked.after.comes_before(created_at, id))
    return found.order_by(created_at.desc(), id.desc()).limit(asked.limit + 1)


def versions(track_id: str, asked: Asked) -> SelectOfScalar[VersionRow]:
    """The highest number first."""
    number = col(VersionRow.number)
    found = select(VersionRow).where(VersionRow.track_id == track_id)
    if asked.state is not None:
        found = found.where(VersionRow.state == asked.state)
    if asked.after is not None:
        found = found.where(number < asked.after.number)
    return found.order_by(number.desc()).limit(asked.limit + 1)


def timeline(job: JobRow, asked: Asked) -> SelectOfScalar[TimelineRow]:
    """In log order, since all of one track lie in one partition; without the job as each event left it."""
    offset = col(TimelineRow.offset)
    found = select(TimelineRow).where(TimelineRow.aggregate_id == job.track_id, TimelineRow.job_id == job.id)
    if asked.after is not None:
        found = found.where(offset > asked.after.number)
    found = found.options(defer(TimelineRow.job))  # type: ignore[arg-type]  # a column on the class
    return found.order_by(offset).limit(asked.limit + 1)


def endpoints(client_id: str, asked: Asked) -> SelectOfScalar[EndpointRow]:
    created_at, id = col(EndpointRow.created_at), col(EndpointRow.id)
    found = select(EndpointRow).where(EndpointRow.client_id == client_id)
    if asked.state is not None:
        found = found.where(_endpoint_state() == asked.state)
    if asked.after is not None:
        found = found.where(asked.after.comes_before(created_at, id))
    if asked.until is not None:
        found = found.where(~asked.until.comes_before(created_at, id))
    return found.order_by(created_at.desc(), id.desc()).limit(asked.limit + 1)


def deliveries(client_id: str, asked: Asked, track_id: str | None) -> Select[DeliveryRow, str]:
    """Each with its state."""
    created_at, id = col(DeliveryRow.created_at), col(DeliveryRow.id)
    state = _delivery_state()
    found = select(DeliveryRow, state)
    found = found.outerjoin(EndpointRow, col(EndpointRow.id) == DeliveryRow.endpoint_id)
    found = found.outerjoin(TrackRow, col(TrackRow.id) == DeliveryRow.track_id)
    found = found.where(DeliveryRow.client_id == client_id)
    if track_id is not None:
        found = found.where(DeliveryRow.track_id == track_id)
    if asked.state is not None:
        found = found.where(state == asked.state)
    if asked.after is not None:
        found = found.where(asked.after.comes_before(created_at, id))
    if asked.until is not None:
        found = found.where(~asked.until.comes_before(created_at, id))
    return found.order_by(created_at.desc(), id.desc()).limit(asked.limit + 1)


def last_scanned(row: type[DeliveryRow | EndpointRow], client_id: str, asked: Asked) -> Select[datetime, str]:
    """The place that one page looks no further than; nothing when it reaches the list's end."""
    created_at, id = col(row.created_at), col(row.id)
    found = select(created_at, id).where(row.client_id == client_id)
    if asked.after is not None:
        found = found.where(asked.after.comes_before(created_at, id))
    return found.order_by(created_at.desc(), id.desc()).offset(SCANNED - 1).limit(1)


def attempts(delivery_ids: Sequence[str]) -> SelectOfScalar[DeliveryFactRow]:
    """The newest ones of each of these deliveries, the last one first."""
    offset, delivery_id = col(DeliveryFactRow.offset), col(DeliveryFactRow.delivery_id)
    rank = func.row_number().over(partition_by=delivery_id, order_by=offset.desc()).label("rank")
    is_try = delivery_id.in_(delivery_ids) & col(DeliveryFactRow.attempt).is_not(None)
    ranked = select(col(DeliveryFactRow.event_id).label("event_id"), rank).where(is_try).subquery()
    newest = select(ranked.c.event_id).where(ranked.c.rank <= ATTEMPTS)
    return select(DeliveryFactRow).where(col(DeliveryFactRow.event_id).in_(newest)).order_by(offset.desc())


def endpoint_state(row: EndpointRow) -> EndpointState:
    if row.disabled_at is not None:
        return EndpointState.DISABLED
    return EndpointState.HEALTHY if row.failing_since is None else EndpointState.FAILING


def _endpoint_state() -> ColumnElement[str]:
    return case(
        (col(EndpointRow.disabled_at).is_not(None), EndpointState.DISABLED.value),
        (col(EndpointRow.failing_since).is_not(None), EndpointState.FAILING.value),
        else_=EndpointState.HEALTHY.value,
    )


def _delivery_state() -> ColumnElement[str]:
    """What ended its tries, by those that count (see AttemptEvent), as the notifier has it; or what holds it up."""
    fact, request = aliased(DeliveryFactRow), aliased(DeliveryFactRow)
    asked = select(request.event_id).where(request.delivery_id == DeliveryRow.id, col(request.attempt).is_(None))
    newest = asked.order_by(col(request.offset).desc()).limit(1).correlate(DeliveryRow).scalar_subquery()
    counts = col(fact.caused_by) == func.coalesce(newest, DeliveryRow.event_id)
    ended = select(fact.outcome).where(fact.delivery_id == DeliveryRow.id, col(fact.outcome).is_not(None), counts)
    success_first = (col(fact.outcome) == DeliveryState.DELIVERED.value).desc()
    outcome = ended.order_by(success_first).limit(1).correlate(DeliveryRow).scalar_subquery()
    held = case(
        (col(TrackRow.deleted).is_(True), DeliveryState.WITHDRAWN.value),
        (col(EndpointRow.disabled_at).is_not(None), DeliveryState.WAITING.value),
        else_=DeliveryState.PENDING.value,
    )
    return func.coalesce(outcome, held)
