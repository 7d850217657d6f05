"""The tables of the private schema, as the newest migration leaves them."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlalchemy.dialects.postgresql import JSONB
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


class RequestKey(Private, table=True):
    """One Idempotency-Key of a client: `payload` is the hash of what was asked for with it.

    `claim` is the request that runs with it now, since `claimed_at`. `headers` and `value` are the event, as the log
    has it. `answer` is final, and sealed: the whole response; of a command without an event, what it made.
    """

    __tablename__ = "request_key"

    client_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    payload: str
    claim: str | None = None
    claimed_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True), index=True)
    headers: dict[str, str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    value: bytes | None = None
    answer: str | None = None


class ApiToken(Private, table=True):
    """`sha256` is the hash of the whole token, which is not stored."""

    __tablename__ = "api_token"

    id: str = Field(primary_key=True)
    client_id: str = Field(index=True)
    name: str | None = None
    sha256: str
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RateWindow(Private, table=True):
    """What a client has `used` of its budget in the window of this `number`; `granted` was the last of it."""

    __tablename__ = "rate_window"

    client_id: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger, index=True)
    used: int = Field(sa_type=BigInteger)
    granted: int = Field(sa_type=BigInteger)


class Sweep(Private, table=True):
    """A closed asset or a deleted track whose objects are removed at `due_at`, and once more later; then never."""

    __tablename__ = "sweep"

    id: str = Field(primary_key=True)
    due_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True), index=True)
    times: int = 0


class Bookmark(Private, table=True):
    """The last key that was looked at by a look through the object store."""

    __tablename__ = "bookmark"

    name: str = Field(primary_key=True)
    after: str


class Generation(Private, table=True):
    """A schema of the read model: `state` is one of those in readmodel/generations.py.

    Its folded state has the version that its `family` is named after; `projection` is that of the code that began it,
    and `fingerprint` that of its tables.
    `chosen` are the aggregates that it is about, when these are not all.
    """

    __tablename__ = "generation"

    name: str = Field(primary_key=True)
    family: str
    state: str
    projection: int
    fingerprint: str
    begun_at: datetime = Field(sa_type=DateTime(timezone=True))
    chosen: list[str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
