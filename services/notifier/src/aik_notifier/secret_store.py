"""The clients' webhook secrets, as the gateway stored them."""

from typing import Protocol

from aik_service.database import Database
from aik_service.sealing import Sealer
from sqlalchemy import text

VALID = text(
    "SELECT sealed FROM webhook_secret WHERE client_id = :client_id AND (retires_at IS NULL OR retires_at > now())"
    " ORDER BY id DESC"
)


class SecretStore(Protocol):
    """Tells the secrets that are valid now, the newest first; two while a rotated one is not yet retired."""

    async def valid(self, client_id: str) -> list[str]: ...


class GatewaySecrets:
    """Reads the gateway's private schema, which `database` sees, and never writes there."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def valid(self, client_id: str) -> list[str]:
        """Raises SealBroken for a secret that another key sealed."""
        async with self._database.begin() as connection:
            sealed = (await connection.execute(VALID, {"client_id": client_id})).scalars().all()
        return [self._sealer.open(secret) for secret in sealed]
