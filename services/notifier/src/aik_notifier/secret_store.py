"""The clients' webhook secrets, as the gateway stored them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aik_service.clock import utc_now
from aik_service.database import Database
from aik_service.sealing import Sealer
from sqlalchemy import text

STORED = text("SELECT sealed, retires_at FROM webhook_secret WHERE client_id = :client_id ORDER BY id DESC")
KEPT_S = 5.0


@dataclass(frozen=True)
class Secret:
    text: str
    retires_at: datetime | None


class SecretStore(Protocol):
    """Tells the secrets that are valid now, the newest first: more than one while a rotated one is not retired."""

    async def valid(self, client_id: str) -> list[str]: ...


class GatewaySecrets:
    """Reads the gateway's private schema, which `database` sees, and never writes there."""

    def __init__(self, database: Database, sealer: Sealer, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def valid(self, client_id: str) -> list[str]:
        return self.valid_of(await self.stored(client_id))

    async def stored(self, client_id: str) -> Sequence[Secret]:
        """Those that are valid now, with their ends. Raises SealBroken for one that another key sealed."""
        async with self._database.begin() as connection:
            rows = (await connection.execute(STORED, {"client_id": client_id})).all()
        return [Secret(self._sealer.open(row.sealed), row.retires_at) for row in rows if self._is_valid(row.retires_at)]

    def valid_of(self, secrets: Sequence[Secret]) -> list[str]:
        return [secret.text for secret in secrets if self._is_valid(secret.retires_at)]

    def _is_valid(self, retires_at: datetime | None) -> bool:
        return retires_at is None or retires_at > self._clock()


class BriefSecrets:
    """Asks the store once in five seconds for each client, though many deliveries ask at once.

    A secret that retires does so in time; a rotation is seen up to five seconds late.
    """

    def __init__(self, store: GatewaySecrets, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._kept: dict[str, tuple[float, asyncio.Future[Sequence[Secret]]]] = {}

    async def valid(self, client_id: str) -> list[str]:
        return self._store.valid_of(await asyncio.shield(self._stored(client_id)))

    def _stored(self, client_id: str) -> "asyncio.Future[Sequence[Secret]]":
        """What fails is asked again by the next one."""
        now = self._clock()
        asked_at, secrets = self._kept.get(client_id, (now, None))
        if secrets is None or now - asked_at >= KEPT_S or (secrets.done() and secrets.exception() is not None):
            self._forget_before(now - KEPT_S)
            secrets = asyncio.ensure_future(self._store.stored(client_id))
            self._kept[client_id] = (now, secrets)
        return secrets

    def _forget_before(self, then: float) -> None:
        self._kept = {client: kept for client, kept in self._kept.items() if kept[0] > then}
