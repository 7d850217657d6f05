"""The tables of the private schema, as the newest migration leaves them."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

SCHEMA = "gateway_private"


class Private(SQLModel, registry=registry()):
    """A registry of its own: nothing but a migration creates these tables."""


class WebhookSecret(Private, table=True):
    """`sealed` by aik_service.sealing; valid until `retires_at`."""

    __tablename__ = "webhook_secret"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    client_id: str = Field(index=True)
    sealed: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    retires_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
