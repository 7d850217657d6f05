"""Endpoints: where a client's webhooks go to."""

from collections.abc import Iterator
from datetime import datetime

from aik_events.endpoint import Endpoint
from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from aik_gateway.readmodel.model import TIME, Model, ReadModelRow


class EndpointRow(ReadModelRow, table=True):
    """A client's URL that webhooks go to, since it was first called or asked for."""

    __tablename__ = "endpoint"
    __table_args__ = (Index("endpoint_newest", "client_id", "created_at", "id"),)

    id: str = Field(primary_key=True)
    client_id: str
    url: str
    created_at: datetime = Field(sa_type=TIME)
    healthy_at: datetime | None = Field(sa_type=TIME)
    failing_since: datetime | None = Field(sa_type=TIME)
    disabled_at: datetime | None = Field(sa_type=TIME)
    disabled_reason: str | None


def rows_of(endpoint: object) -> Iterator[SQLModel]:
    """One, since something was said of it."""
    if not isinstance(endpoint, Endpoint) or endpoint.created_at is None:
        return
    yield EndpointRow.model_construct(
        id=endpoint.id,
        client_id=endpoint.client_id,
        url=endpoint.url,
        created_at=endpoint.created_at,
        healthy_at=endpoint.healthy_at,
        failing_since=endpoint.failing_since,
        disabled_at=endpoint.disabled_at,
        disabled_reason=endpoint.disabled_reason,
    )


MODEL = Model({EndpointRow: ("id",)}, rows_of)
