"""The tables of the inbox: how far it has read, which log it reads, what it folded, and what it holds."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class LogPosition(SQLModel, table=True):
    """`next` is the offset that comes next; `barrier` the partition's end when this schema was made or emptied."""

    __tablename__ = "log_position"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    next: int = Field(sa_type=BigInteger)
    barrier: int = Field(sa_type=BigInteger)


class LogIdentity(SQLModel, table=True):
    __tablename__ = "log_identity"

    cluster_id: str = Field(primary_key=True)


class Folded(SQLModel, table=True):
    """The state of one aggregate."""

    __tablename__ = "folded"

    topic: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    state: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class HeldRecord(SQLModel, table=True):
    """A record that does not decode, `reason` says why; or one that waits behind such a one of its key, without.

    `headers` are their bytes as Latin-1. `copied`: a copy of what does not decode is among the dead letters.
    """

    __tablename__ = "held_record"
    # A hash, since a key of any length must find its place.
    __table_args__ = (Index("held_record_key", "key", postgresql_using="hash"),)

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    offset: int = Field(primary_key=True, sa_type=BigInteger)
    key: bytes
    value: bytes
    headers: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    reason: str | None = None
    copied: bool = False


INBOX_TABLES: tuple[type[SQLModel], ...] = (LogPosition, LogIdentity, Folded, HeldRecord)
