"""The notifier's tables: deliveries, and what is to be known of their endpoints."""

from datetime import datetime
from enum import StrEnum

from aik_service.database import table_of
from aik_service.leases import LeasedRow
from sqlalchemy import Column, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

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
        Index("delivery_open", "endpoint_id", postgresql_where=text("outcome IS NULL")),
    )

    id: str = Field(primary_key=True)
    endpoint_id: str
    client_id: str
    url: str
    host: str
    """Of the URL; empty when it has none that may be called."""
    kind: str
    track_id: str | None = Field(default=None, index=True)
    opened_by: str | None = None
    """The event that opened it last: its own, or the request to send it again. Its facts name it as their cause."""
    traceparent: str | None = None
    body: str | None = None
    outcome: str | None = None
    redeliveries: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False, server_default="{}"))
    """The requests that have opened it again."""
    earlier_attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Those before it was opened again, and those that posted nothing: the schedule counts without them."""


class KnownEndpoint(SQLModel, table=True):
    """What a sender asks of an endpoint before it posts; one that nothing is known of has no row."""

    __tablename__ = "endpoint"

    id: str = Field(primary_key=True)
    is_disabled: bool
    is_healthy: bool
    """Its last try was a success, and it was not enabled since."""
    failing_since: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


DELIVERY = table_of(Delivery)
ENDPOINT = table_of(KnownEndpoint)
NOTIFIER_TABLES: tuple[type[SQLModel], ...] = (Delivery, KnownEndpoint)
