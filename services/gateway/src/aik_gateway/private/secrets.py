"""Webhook secrets: made here, shown once, kept sealed."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

from aik_service.database import Database
from aik_service.sealing import Sealer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, delete, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from aik_gateway.private.tables import WebhookSecret

OVERLAP = timedelta(hours=24)
"""How long a rotated secret still signs."""
MOST = 5
"""No more sign at once, so that a delivery's header has an end; of more than these the oldest goes."""

Clock = Callable[[], datetime]


def new_secret() -> str:
    """As Standard Webhooks demands: `whsec_` and the base64 of 24 to 64 random bytes."""
    return "whsec_" + b64encode(token_bytes(32)).decode()


@dataclass(frozen=True)
class SecretDates:
    created_at: datetime
    retires_at: datetime | None


class Secrets:
    """`database` sees the private schema."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def rotate(self, client_id: str) -> str:
        async with self._database.begin() as connection:
            return await self.rotated(connection, client_id)

    async def rotated(self, connection: AsyncConnection, client_id: str) -> str:
        """A new secret, and 24 hours for the one before; one that was retiring already keeps its time."""
        now, secret = self._clock(), new_secret()
        async with AsyncSession(connection) as session:
            await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:c))"), {"c": client_id})
            mine = col(WebhookSecret.client_id) == client_id
            id, retires_at = col(WebhookSecret.id), col(WebhookSecret.retires_at)
            await session.exec(update(WebhookSecret).where(mine, retires_at.is_(None)).values(retires_at=now + OVERLAP))
            signing = select(id).where(mine, retires_at > now).order_by(id.desc()).limit(MOST - 1)
            await session.exec(delete(WebhookSecret).where(mine, id.not_in(signing)))
            session.add(WebhookSecret(client_id=client_id, sealed=self._sealer.seal(secret), created_at=now))
            await session.flush()
        return secret

    async def reseal(self) -> int:
        """Seals all with the sealer's own key; how many there are. Raises SealBroken, and then changes none."""
        async with self._database.begin() as connection, AsyncSession(connection) as session:
            secrets = (await session.exec(select(WebhookSecret).with_for_update())).all()
            for secret in secrets:
                secret.sealed = self._sealer.reseal(secret.sealed)
            await session.flush()
        return len(secrets)

    async def dates(self, client_id: str) -> Sequence[SecretDates]:
        """Of the secrets that are valid now, the newest first."""
        async with self._database.begin() as connection, AsyncSession(connection) as session:
            retires_at = col(WebhookSecret.retires_at)
            valid = or_(retires_at.is_(None), retires_at > self._clock())
            rows = await session.exec(
                select(WebhookSecret)
                .where(WebhookSecret.client_id == client_id, valid)
                .order_by(col(WebhookSecret.id).desc())
            )
            return [SecretDates(row.created_at, row.retires_at) for row in rows]
