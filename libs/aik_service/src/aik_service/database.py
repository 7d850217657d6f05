"""Postgres: one schema a service, made when it isn't there; and the wake-up calls between its processes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from sqlalchemy import Table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.schema import CreateSchema, DropSchema
from sqlmodel import SQLModel

CONNECT_S = 5
PROBES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
"""A server that vanished without a word is noticed within half a minute; else a query would wait for a quarter of an
hour. tcp_user_timeout is in ms, the others in s."""
RECONNECT_S = 1.0
OUTAGES = (OperationalError, InterfaceError, PoolTimeout)
"""What is raised while Postgres is away; anything else is a mistake of ours."""
MAX_NOTIFY = 7_000
"""Postgres refuses payloads over 8,000 bytes."""


class SchemaMoved(Exception):
    """Another schema serves now than the one that this transaction sees: begin again."""

    code = "schema-moved"


class NewerServes(Exception):
    """Newer code than this began what serves, and this must not write into it: run the newer code."""

    code = "newer-serves"


class Database:
    """A pool of connections that see one schema; `begin` is one transaction."""

    def __init__(self, url: str, schema: str, *, pool_size: int = 5, pre_ping: bool = True) -> None:
        self.schema = schema
        self._url = make_url(url).set(drivername="postgresql+psycopg")
        self._engine = create_async_engine(
            self._url,
            connect_args={"options": f"-csearch_path={schema}", "connect_timeout": CONNECT_S, **PROBES},
            pool_size=pool_size,
            pool_pre_ping=pre_ping,
            hide_parameters=True,
        )
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads, and in which nothing changes meanwhile."""
        async with self._snapshots.begin() as connection:
            yield connection

    async def create(self, tables: Sequence[type[SQLModel]]) -> None:
        """Makes the schema and its tables where they are missing; several processes may do so at once."""
        schema = await self.serving()
        async with self._engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:s))"), {"s": schema})
            await connection.execute(CreateSchema(schema, if_not_exists=True))
            await connection.run_sync(SQLModel.metadata.create_all, tables=[table_of(t) for t in tables])

    async def drop(self) -> None:
        """Everything in the schema goes; what it held is folded anew from the log."""
        schema = await self.serving()
        async with self._engine.begin() as connection:
            await connection.execute(DropSchema(schema, cascade=True, if_exists=True))

    async def serving(self) -> str:
        """The name of the schema that transactions see."""
        return self.schema

    async def fence(self, connection: AsyncConnection) -> None:
        """Asked under the lock of a position.

        Raises SchemaMoved when what is written here would be read by nobody, and NewerServes when others must write it.
        """

    async def check(self) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def notify(self, connection: AsyncConnection, channel: str, words: Sequence[str] = ("",)) -> None:
        """Said when the transaction commits; words are joined by spaces into as few payloads as fit."""
        for payload in _payloads(words):
            await connection.execute(
                text("SELECT pg_notify(:channel, :payload)"),
                {"channel": self.channel(channel), "payload": payload},
            )

    async def listen(self, channel: str) -> AsyncIterator[list[str]]:
        """The words of each notification; an empty list once listening has begun, and raises when it ends."""
        async with await self.connected() as connection:
            await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(self.channel(channel))))
            yield []
            async for notification in connection.notifies():
                yield notification.payload.split()

    async def connected(self) -> psycopg.AsyncConnection[Any]:
        """A connection of its own, outside of the pool and of any transaction."""
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return await psycopg.AsyncConnection.connect(url, autocommit=True, connect_timeout=CONNECT_S, **PROBES)  # type: ignore[arg-type]  # libpq's

    def channel(self, name: str) -> str:
        """Channels are shared by a whole database: the schema's name is in the channel's."""
        return f"{self.schema}_{name}"

    async def close(self) -> None:
        await self._engine.dispose()


class Ear:
    """Of one that waits for a bell."""

    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def __call__(self, timeout: float) -> None:
        """Returns when the bell was rung since this returned the last time, or after so many seconds."""
        try:
            async with asyncio.timeout(timeout):  # On Python 3.11, wait_for swallows a cancellation now and then.
                await self.rung.wait()
        except TimeoutError:
            return
        finally:
            self.rung.clear()


class Bell:
    """Wakes whoever waits when a channel is notified; a slow poll behind it covers what was missed."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._ears: list[Ear] = []
        self.wait = self.ear()
        """For a process in which one alone waits."""

    async def run(self) -> None:
        """Listens for ever; what was said while Postgres was away is covered by the poll."""
        while True:
            try:
                async for _ in self._database.listen(self._channel):
                    for ear in self._ears:
                        ear.rung.set()
            except psycopg.OperationalError:
                await asyncio.sleep(RECONNECT_S)

    def ear(self) -> Ear:
        """For one of several who wait: it hears what was rung while it did something else, whoever has heard it."""
        ear = Ear()
        self._ears.append(ear)
        return ear


def table_of(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
    return table


def _payloads(words: Sequence[str]) -> list[str]:
    payloads: list[str] = []
    for word in words:
        if payloads and len(payloads[-1]) + len(word) < MAX_NOTIFY:
            payloads[-1] += " " + word
        else:
            payloads.append(word)
    return payloads
