"""Idempotency keys: the event of a request is stored under its key before it is appended, and its answer after."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from aik_events.envelope import Partition, Record, Undecodable, decode, headers_of, value_of
from aik_events.event import Event
from aik_service.database import Database, table_of
from aik_service.sealing import SealBroken, Sealer
from sqlalchemy import Row, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_gateway.private.tables import RequestKey
from aik_gateway.problems import Problem

log = structlog.get_logger()

KEPT = timedelta(hours=24)
CLAIM = timedelta(seconds=30)
"""So long another request with the same key is told to wait; then it appends the stored event again."""
REMOVED_AT_ONCE = 1_000
"""Rows of one statement."""

Clock = Callable[[], datetime]
Make = Callable[[AsyncConnection], Awaitable[str]]
TABLE = table_of(RequestKey)


@dataclass(frozen=True)
class Key:
    """`payload` is the hash of everything that is asked for."""

    client_id: str
    name: str
    payload: str


@dataclass(frozen=True)
class Claim:
    """The right to work on a key. `event` is there when somebody had the key before, and stored one."""

    key: Key
    id: str
    event: Event | None = None


class RequestKeys:
    """`database` sees the private schema. Each call is one transaction, and raises Problem."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock

    async def claim(self, key: Key) -> Claim | str:
        """The right to go on with this key, or its answer."""
        async with self._database.begin() as connection:
            claim = Claim(key, uuid4().hex)
            found = await self._taken(connection, claim)
            if found is None:
                return claim
            if (answer := self._opened(found)) is not None:
                return answer
            if found.claim is not None and found.claimed_at > self._clock() - CLAIM:
                raise _running()
            await connection.execute(_changed(key, claim=claim.id, claimed_at=self._clock(), answer=None))
            return replace(claim, event=_event_of(found))

    async def store(self, claim: Claim, event: Event) -> None:
        """Before the event is appended; refused when the claim was taken over meanwhile."""
        async with self._database.begin() as connection:
            stored = _changed(claim.key, **_columns(event)).where(TABLE.c.claim == claim.id)
            if not (await connection.execute(stored)).rowcount:
                raise _running()

    async def store_new(self, key: Key, event: Event) -> None:
        """An event that nobody works on, under a key that nobody has."""
        async with self._database.begin() as connection:
            row = self._row(Claim(key, "")) | _columns(event) | {"claim": None}
            await connection.execute(insert(TABLE).values(row))

    async def answer(self, claim: Claim, answer: str) -> None:
        """Of two answers to the same event the first is kept."""
        async with self._database.begin() as connection:
            kept = _changed(claim.key, claim=None, answer=self._sealer.seal(answer))
            await connection.execute(kept.where(TABLE.c.answer.is_(None)))

    async def release(self, claim: Claim) -> None:
        """It has ended without a final answer: the next request goes on with the event, or begins anew."""
        async with self._database.begin() as connection:
            mine = _is(claim.key) & (TABLE.c.claim == claim.id)
            await connection.execute(delete(TABLE).where(mine, TABLE.c.value.is_(None)))
            await connection.execute(update(TABLE).where(mine).values(claim=None))

    async def once(self, key: Key | None, make: Make) -> str:
        """What `make` has made under this key: it and the row are one transaction. Without a key it is made anew."""
        async with self._database.begin() as connection:
            if key is None:
                return await make(connection)
            found = await self._taken(connection, Claim(key, uuid4().hex))
            answer = None if found is None else self._opened(found)
            if answer is not None:
                return answer
            made = await make(connection)
            await connection.execute(_changed(key, claim=None, answer=self._sealer.seal(made)))
            return made

    async def remove_expired(self) -> int:
        """Removes rows that are older than a day, so many at a time, and says how many."""
        key = (TABLE.c.client_id, TABLE.c.key)
        old = select(*key).where(TABLE.c.created_at <= self._clock() - KEPT).limit(REMOVED_AT_ONCE)
        async with self._database.begin() as connection:
            return (await connection.execute(delete(TABLE).where(tuple_(*key).in_(old)))).rowcount

    async def _taken(self, connection: AsyncConnection, claim: Claim) -> Row[Any] | None:
        """The row of whoever had the key before, locked; None when it is this claim's now."""
        while True:
            new = insert(TABLE).values(self._row(claim)).on_conflict_do_nothing().returning(TABLE.c.key)
            if (await connection.execute(new)).first() is not None:
                return None
            found = (await connection.execute(select(TABLE).where(_is(claim.key)).with_for_update())).one_or_none()
            if found is None:
                continue  # It was given up in between.
            if found.created_at <= self._clock() - KEPT:
                await connection.execute(delete(TABLE).where(_is(claim.key)))
                continue
            if found.payload != claim.key.payload:
                raise Problem("idempotency-key-reused", "The key belongs to another request: make a new one.")
            return found

    def _opened(self, row: Row[Any]) -> str | None:
        """None as well when AIK_SECRET_KEY was changed since: the answer is made again, of the same event."""
        try:
            return None if row.answer is None else self._sealer.open(row.answer)
        except SealBroken:
            log.warning("an answer can't be opened", clientId=row.client_id)
            return None

    def _row(self, claim: Claim) -> dict[str, Any]:
        key, now = claim.key, self._clock()
        return {
            "client_id": key.client_id,
            "key": key.name,
            "payload": key.payload,
            "claim": claim.id,
            "claimed_at": now,
            "created_at": now,
        }


def _running() -> Problem:
    detail = "A request with this key is being worked on: ask again with the same key."
    return Problem("request-running", detail, headers={"Retry-After": "1"})


def _is(key: Key) -> Any:
    return (TABLE.c.client_id == key.client_id) & (TABLE.c.key == key.name)


def _changed(key: Key, **columns: Any) -> Any:
    return update(TABLE).where(_is(key)).values(**columns)


def _columns(event: Event) -> dict[str, Any]:
    headers = {name: value.decode() for name, value in headers_of(event).items()}
    return {"headers": headers, "value": value_of(event)}


def _event_of(row: Row[Any]) -> Event | None:
    """As the log would give it back. One that a newer release beside this one stored is left to that: `unavailable`."""
    if row.value is None:
        return None
    headers = {name: value.encode() for name, value in row.headers.items()}
    try:
        return decode(Record(Partition("", 0), 0, headers["ce_subject"], row.value, headers))
    except Undecodable as error:
        log.warning("the event of a key can't be read, a newer release has it", error=str(error))
        detail = "The request was begun by a newer release: ask again with the same key."
        raise Problem("unavailable", detail, headers={"Retry-After": "1"}) from error
