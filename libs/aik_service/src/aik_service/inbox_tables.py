"""The tables of the inbox: how far it has read, which log it reads, and what it folded."""

from typing import Any

from sqlalchemy import BigInteger, Column
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


INBOX_TABLES: tuple[type[SQLModel], ...] = (LogPosition, LogIdentity, Folded)
