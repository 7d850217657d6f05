"""API tokens: each belongs to one client, is shown once, and is stored as a hash."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from secrets import token_hex, token_urlsafe

from aik_service.database import Database, table_of
from cachetools import LRUCache, TTLCache
from sqlalchemy import func, insert, select, update

from aik_gateway.private.tables import ApiToken

PREFIX = "aik"
BELIEVED_S = 5.0
"""What was looked up counts for so long: a token that is revoked works no longer than that."""
MOST_BELIEVED = 10_000
LOOKS = 2
"""So many looks at once for ids that were never valid here: whoever invents tokens can't take the pool."""
ID = re.compile(r"[0-9a-f]{12}")

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
        self._valid: LRUCache[str, tuple[float, _Valid]] = LRUCache(MOST_BELIEVED)
        # Apart, so that invented tokens push out none that are valid.
        self._unknown: TTLCache[str, None] = TTLCache(MOST_BELIEVED, BELIEVED_S, monotonic)
        self._looking = asyncio.Semaphore(LOOKS)

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
        if prefix != PREFIX or not ID.fullmatch(id) or not secret:
            return None
        valid = await self._found(id)
        if valid is None or not compare_digest(valid.sha256, _hash(token)):
            return None
        return valid.client_id

    async def _found(self, id: str) -> _Valid | None:
        now = self._monotonic()
        until, valid = self._valid.get(id, (now, None))
        if until > now:
            return valid
        if valid is not None:
            return self._remembered(id, await self._look_up(id))
        async with self._looking:
            if id in self._unknown:
                return None
            return self._remembered(id, await self._look_up(id))

    def _remembered(self, id: str, found: _Valid | None) -> _Valid | None:
        if found is None:
            self._valid.pop(id, None)
            self._unknown[id] = None
        else:
            self._valid[id] = (self._monotonic() + BELIEVED_S, found)
        return found

    async def _look_up(self, id: str) -> _Valid | None:
        valid = select(TABLE.c.client_id, TABLE.c.sha256).where(TABLE.c.id == id, TABLE.c.revoked_at.is_(None))
        async with self._database.begin() as connection:
            row = (await connection.execute(valid)).one_or_none()
            return None if row is None else _Valid(*row)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
