"""The gateway on real Postgres: its api, driven as a client would, and its projector; the log and objects as given."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import httpx
from aik_events.envelope import Partition
from aik_events.log import Log
from aik_events.log.memory import MemoryLog
from aik_events.log.spans import MemorySpans
from aik_gateway.api.app import create_app
from aik_gateway.api.wiring import Gateway
from aik_gateway.commands import Commands
from aik_gateway.documents import Documents
from aik_gateway.feeds import Feeds
from aik_gateway.janitor import Janitor
from aik_gateway.multipart import Multiparts, S3Multiparts
from aik_gateway.presigning import OwnSigner, Presigner, Unbound
from aik_gateway.private.migrate import migrate
from aik_gateway.private.rate_limits import RateLimits
from aik_gateway.private.request_keys import RequestKeys
from aik_gateway.private.secrets import Secrets
from aik_gateway.private.sweeps import Sweeps
from aik_gateway.private.tokens import Tokens
from aik_gateway.progress import Progress
from aik_gateway.readmodel.following import FollowingDatabase
from aik_gateway.readmodel.generations import Generations, served_database
from aik_gateway.readmodel.models import ROWS
from aik_gateway.readmodel.projector import FOLDS, inbox_of
from aik_gateway.readmodel.queries import ReadModel, Reads
from aik_gateway.rebuild.rebuilding import Rebuilding
from aik_gateway.rebuild.workers import Filler, OneProcess
from aik_gateway.sessions import BoundSessions
from aik_gateway.settings import GatewaySettings, JanitorSettings
from aik_gateway.speeds import LearnedSpeeds
from aik_gateway.verdicts import LookUp, Verdicts
from aik_local.servers.s3 import ROLE
from aik_service.database import Database, table_of
from aik_service.inbox_tables import Folded, HeldRecord, LogPosition
from aik_service.objects import Objects
from aik_service.sealing import Sealer
from aik_service.settings import ObjectSettings
from pydantic import SecretStr
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import OperationalError

from tests.servers.store import Store

NOWHERE = ObjectSettings(s3_endpoint="http://127.0.0.1:1", s3_access_key="key", s3_secret_key=SecretStr("secret"))


@dataclass
class GatewayStack:
    """One log, one object store and two schemas of this test's own."""

    log: Log
    objects: Objects
    store: ObjectSettings
    database: FollowingDatabase
    private: Database
    postgres: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @asynccontextmanager
    async def api(
        self,
        client_id: str = "cli",
        read_model: ReadModel | None = None,
        wait_s: float = 20,
        peer: str = "127.0.0.1",
        verdicts: Callable[[Database, LookUp], Verdicts] = Verdicts,
        **set_to: Any,
    ) -> AsyncIterator[httpx.AsyncClient]:
        """One api process with these settings, as this client sees it from the address `peer`."""
        async with self.parts(read_model, wait_s, verdicts, **set_to) as gateway:
            app = create_app(gateway, {"read-model": gateway.read_model.check})
            transport, headers = httpx.ASGITransport(app, client=(peer, 4711)), {"X-Client-Id": client_id}
            async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers) as client:
                yield client

    @asynccontextmanager
    async def parts(
        self,
        read_model: ReadModel | None = None,
        wait_s: float = 20,
        made_verdicts: Callable[[Database, LookUp], Verdicts] = Verdicts,
        **set_to: Any,
    ) -> AsyncIterator[Gateway]:
        """What an api process is made of; what it hears, it hears from Postgres, and its progress from the test."""
        settings = self.settings(**set_to)
        sessions = BoundSessions(settings, lambda: datetime.now(UTC))
        read_model = read_model or ReadModel(self.database)
        verdicts, speeds = made_verdicts(self.database, read_model.verdict), LearnedSpeeds(ReadModel(self.database))
        feeds = Feeds(self.database, read_model.newest_told)
        await speeds.learn()
        async with (
            httpx.AsyncClient(trust_env=False) as http,
            in_background(verdicts.run()),
            in_background(feeds.run()),
        ):
            yield Gateway(
                settings=settings,
                read_model=read_model,
                commands=Commands(self.log, verdicts, wait_s=wait_s),
                documents=Documents(self.objects),
                multiparts=S3Multiparts(OwnSigner(settings), http),
                presigner=Presigner(sessions if settings.presign_bind_ip else Unbound(OwnSigner(settings))),
                secrets=self.secrets(),
                progress=Progress(self.log, told=feeds.heard),
                speeds=speeds,
                clock=lambda: self.clock(),
                request_keys=RequestKeys(self.private, SEALER, self.clock),
                tokens=Tokens(self.private, self.clock),
                rate_limits=RateLimits(self.private, settings.rate_limit_per_minute),
                feeds=feeds,
            )

    @asynccontextmanager
    async def janitor(
        self, wrapped: Callable[[S3Multiparts], Multiparts] = lambda multiparts: multiparts
    ) -> AsyncIterator[Janitor]:
        """One janitor, whose rounds are for the caller to begin."""
        settings = JanitorSettings.model_validate(self.store.model_dump())
        async with httpx.AsyncClient(trust_env=False) as http:
            multiparts = wrapped(S3Multiparts(OwnSigner(settings), http))
            sweeps = Sweeps(self.private)
            yield Janitor(self.log, self.database, sweeps, self.objects, multiparts, settings, lambda: self.clock())

    def settings(self, **set_to: Any) -> GatewaySettings:
        known: dict[str, Any] = {
            "secret_key": "key",
            "webhook_allowed_networks": "127.0.0.0/8",
            "presign_bind_ip": isinstance(self.store, Store) and self.store.presign_bind_ip,
            "s3_role_arn": self.store.s3_role_arn if isinstance(self.store, Store) else ROLE,
            "rate_limit_per_minute": 0,
            **self.store.model_dump(),
        }
        return GatewaySettings.model_validate({**known, **set_to})

    def secrets(self) -> Secrets:
        return Secrets(self.private, SEALER, lambda: datetime.now(UTC))

    @property
    def generations(self) -> Generations:
        return Generations(self.private, self.database.schema, lambda: self.clock())

    def rebuilding(self, filler: Filler | None = None) -> Rebuilding:
        """In this process, from the log in memory, unless it is given something else to fill with."""
        filler = filler or OneProcess(MemorySpans(cast(MemoryLog, self.log)), self.postgres)
        return Rebuilding(self.log, self.database, self.generations, filler, self.postgres)

    async def empty(self) -> None:
        """What was folded has to be folded again, as in a schema that is new."""
        position = table_of(LogPosition)
        async with self.database.begin() as connection:
            barrier = func.greatest(position.c.barrier, position.c.next)
            await connection.execute(update(position).values(next=0, barrier=barrier))
            for table in (table_of(HeldRecord), table_of(Folded), *map(table_of, ROWS)):
                await connection.execute(delete(table))

    @asynccontextmanager
    async def projecting(self) -> AsyncIterator[None]:
        inbox = inbox_of(self.log, self.database)
        await inbox.prepare()
        async with in_background(inbox.run()):
            yield

    async def until_folded(self) -> None:
        """Returns when every position is at the log's end."""
        ends = await self.log.ends([fold.topic for fold in FOLDS])
        async with asyncio.timeout(20):
            while not await self._has_passed(ends):
                await asyncio.sleep(0.01)

    async def _has_passed(self, ends: Mapping[Partition, int]) -> bool:
        positions = await self.positions()
        return all(positions.get((p.topic, p.number), 0) >= end for p, end in ends.items())

    async def positions(self) -> Mapping[tuple[str, int], int]:
        position = table_of(LogPosition)
        async with self.database.begin() as connection:
            rows = await connection.execute(select(position.c.topic, position.c.partition, position.c.next))
            return {(topic, number): offset for topic, number, offset in rows}

    async def begin_at_the_end(self) -> None:
        """What the log already has is not folded: others write into a shared one."""
        ends = await self.log.ends([fold.topic for fold in FOLDS])
        rows = [{"topic": p.topic, "partition": p.number, "next": end, "barrier": end} for p, end in ends.items()]
        async with self.database.begin() as connection:
            await connection.execute(insert(table_of(LogPosition)).values(rows))

    async def rows(self) -> Sequence[str]:
        """Every row of the read model, in order."""
        async with self.database.begin() as connection:
            found = [row for table in ROWS for row in await connection.execute(select(table_of(table)))]
        return sorted(map(repr, found))


SEALER = Sealer(SecretStr("key"))


class Fading(ReadModel):
    """Postgres goes away after the first look."""

    looks = 0

    @asynccontextmanager
    async def snapshot(self, client_id: str) -> AsyncIterator[Reads]:
        self.looks += 1
        if self.looks > 1:
            raise OperationalError("SELECT", {}, Exception("gone"))
        async with super().snapshot(client_id) as reads:
            yield reads


@asynccontextmanager
async def made_gateway(
    postgres: str, log: Log, objects: Objects, store: ObjectSettings = NOWHERE
) -> AsyncIterator[GatewayStack]:
    name = uuid4().hex[:12]
    family, private = f"test_{name}", Database(postgres, f"test_{name}_private")
    database = served_database(postgres, private.schema, family, pool_size=20)
    await asyncio.to_thread(migrate, postgres, private.schema)
    made = GatewayStack(log, objects, store, database, private, postgres)
    await made.rebuilding().prepare()
    try:
        yield made
    finally:
        for generation in await made.generations.all():
            await made.generations.drop(generation)
        await private.drop()
        for each in (database, private):
            await each.close()


@asynccontextmanager
async def in_background(work: object) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)  # type: ignore[call-overload]  # a coroutine of any kind
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
