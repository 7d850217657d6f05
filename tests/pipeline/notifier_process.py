"""The notifier as a real process on real servers, and what it needs of the gateway."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from aik_events.catalogue import WebhookEndpointDisabled, WebhookEndpointEnabled
from aik_events.event import Event, Meta
from aik_events.ids import endpoint_id, new_event_id
from aik_events.log.kafka import KafkaLog
from aik_events.track import STATE_VERSION
from aik_gateway.private.migrate import migrate
from aik_gateway.private.secrets import Secrets
from aik_gateway.private.tables import SCHEMA
from aik_notifier.tables import DELIVERY
from aik_notifier.testing.story import Song
from aik_service.clock import utc_now
from aik_service.database import Database
from aik_service.sealing import Sealer
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError

KEY = "the tests' key"
TOGETHER = 100
RUN = "from aik_notifier.main import main; main()"


@dataclass
class NotifierProcess:
    """One after the other, in the same schema; `settings` are variables of the environment."""

    servers: Mapping[str, str]
    lines: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        own = {
            "AIK_SECRET_KEY": KEY,
            "AIK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            "AIK_HTTP_HOST": "127.0.0.1",
            "AIK_HTTP_PORT": str(port),
        }
        with self.lines.open("ab") as lines:
            self.running = subprocess.Popen(  # noqa: S603 (our own command line)
                [sys.executable, "-c", RUN],
                env={**os.environ, **self.servers, **own, **self.settings},
                stdout=lines,
                stderr=lines,
            )

    def kill(self) -> None:
        """As the system does when memory is short."""
        self.end(signal.SIGKILL)

    def end(self, with_signal: int = signal.SIGTERM) -> None:
        if self.running is not None:
            self.running.send_signal(with_signal)
            self.running.wait(30)
            self.running = None

    @contextmanager
    def up(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self.end()


async def made_secret(postgres: str, client: str) -> str:
    """As the gateway makes it, in its private schema."""
    await asyncio.to_thread(migrate, postgres)
    private = Database(postgres, SCHEMA)
    try:
        return await Secrets(private, Sealer(SecretStr(KEY)), utc_now).rotate(client)
    finally:
        await private.close()


def songs(count: int, url: str, client: str) -> Sequence[Song]:
    """With ids that no other run has."""
    run = uuid4().hex[:8]
    return [Song(f"trk_{run}_{n}", client_id=client, url=url) for n in range(count)]


async def append(log: KafkaLog, stories: Sequence[Song]) -> None:
    """Each song's own events in their order, many songs at once."""

    async def tell(song: Song) -> None:
        for event in song.to_published():
            await log.append(event)

    for start in range(0, len(stories), TOGETHER):
        await asyncio.gather(*(tell(song) for song in stories[start : start + TOGETHER]))


async def deliveries(postgres: str, client: str, *conditions: Any) -> int:
    """How many of this client's there are in the notifier's schema; none while it isn't there."""
    database = Database(postgres, f"notifier_v{STATE_VERSION}")
    count = select(func.count()).select_from(DELIVERY).where(DELIVERY.c.client_id == client, *conditions)
    try:
        async with database.begin() as connection:
            return int((await connection.execute(count)).scalar_one())
    except ProgrammingError:
        return 0
    finally:
        await database.close()


async def until(is_so: Callable[[], Any], within_s: float = 60) -> None:
    """`is_so` may be a coroutine function."""
    async with asyncio.timeout(within_s):
        while True:
            found = is_so()
            if await found if asyncio.iscoroutine(found) else found:
                return
            await asyncio.sleep(0.05)


def disabled(client: str, url: str) -> Event:
    return WebhookEndpointDisabled(meta=_meta(client, url), url=url, reason="gone")


def enabled(client: str, url: str) -> Event:
    return WebhookEndpointEnabled(meta=_meta(client, url), url=url)


def _meta(client: str, url: str) -> Meta:
    subject = endpoint_id(client, url)
    return Meta(id=new_event_id(), subject=subject, time=utc_now(), source="aik/test", client_id=client)
