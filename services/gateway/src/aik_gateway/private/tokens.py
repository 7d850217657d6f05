"""API tokens: each belongs to one client, is shown once, and is stored as a hash."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import token_hex, token_urlsafe

from aik_service.database import Database, table_of
from sqlalchemy import func, insert, select, update

from aik_gateway.private.tables import ApiToken

PREFIX = "aik"
BELIEVED_S = 5.0
"""What was looked up counts for so long: a token that is revoked works no longer than that."""
MOST_BELIEVED = 10_000

Clock = Callable[[], datetime]
TABLE = table_of(ApiToken)


@dataclass(frozen=True)
class TokenInfo:
    """What may be shown of a token at any time."""

    id: str
    client_id: str
    name: str | None
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class _Valid:
    client_id: str
    sha256: str


class Tokens:
    """`database` sees the private schema; `monotonic` counts seconds."""

    def __init__(self, database: Database, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._believed: dict[str, tuple[float, _Valid | None]] = {}

    async def create(self, client_id: str, name: str | None) -> str:
        """The token. Its secret has 256 random bits, so that its hash needs no salt and no work factor."""
        id = token_hex(6)
        token = f"{PREFIX}_{id}_{token_urlsafe(32)}"
        row = {"id": id, "client_id": client_id, "name": name, "sha256": _hash(token), "created_at": self._clock()}
        async with self._database.begin() as connection:
            await connection.execute(insert(TABLE).values(row))
        return token

    async def all(self) -> Sequence[TokenInfo]:
        """The oldest first, revoked ones too."""
        shown = select(TABLE.c.id, TABLE.c.client_id, TABLE.c.name, TABLE.c.created_at, TABLE.c.revoked_at)
        async with self._database.begin() as connection:
            rows = await connection.execute(shown.order_by(TABLE.c.created_at, TABLE.c.id))
            return [TokenInfo(*row) for row in rows]

    async def revoke(self, id: str) -> bool:
        """False when there is no such token. One that is revoked already keeps its time."""
        revoked = func.coalesce(TABLE.c.revoked_at, self._clock())
        async with self._database.begin() as connection:
            changed = await connection.execute(update(TABLE).where(TABLE.c.id == id).values(revoked_at=revoked))
            return bool(changed.rowcount)

    async def client_of(self, token: str) -> str | None:
        """Whom it belongs to; None when it is unknown or revoked."""
        prefix, _, rest = token.partition("_")
        id, _, secret = rest.partition("_")
        if prefix != PREFIX or not id.isalnum() or not secret:
            return None
        valid = await self._valid(id)
        if valid is None or not compare_digest(valid.sha256, _hash(token)):
            return None
        return valid.client_id

    async def _valid(self, id: str) -> _Valid | None:
        now = self._monotonic()
        until, believed = self._believed.get(id, (now, None))
        if until > now:
            return believed
        found = await self._look_up(id)
        if len(self._believed) >= MOST_BELIEVED:
            self._believed.clear()
        self._believed[id] = (now + BELIEVED_S, found)
        return found

    async def _look_up(self, id: str) -> _Valid | None:
        valid = select(TABLE.c.client_id, TABLE.c.sha256).where(TABLE.c.id == id, TABLE.c.revoked_at.is_(None))
        async with self._database.begin() as connection:
            row = (await connection.execute(valid)).one_or_none()
            return None if row is None else _Valid(*row)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
