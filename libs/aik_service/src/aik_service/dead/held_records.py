"""What one consumer holds, for a person: listed, shown, tried again in order, and given up."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aik_events.catalogue import RecordDropped
from aik_events.envelope import Partition
from aik_events.event import Frozen, Meta
from aik_events.holding import read
from aik_events.ids import new_event_id
from aik_events.log import Position
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from aik_service import holds
from aik_service.consumer import Consumer
from aik_service.database import table_of
from aik_service.dead.plan import Plan, place_of, plan_of, problem, text_of, type_of
from aik_service.holds import HELD, Hold
from aik_service.inbox import Redriven
from aik_service.inbox_tables import Folded

FOLDED = table_of(Folded)
PLACE = re.compile(r"(?:(?P<topic>.+)-(?P<partition>\d+)@)?(?P<offset>\d+)")
NOBODY = "aik"
"""The client of what is told of a track that nobody has imported."""


class NotHeld(Exception):
    """Nothing like this is held here: `dead list` shows what is."""

    code = "not-held"


class NotDroppable(Exception):
    """Only what does not decode, and has a readable key, is given up: redrive what decodes."""

    code = "not-droppable"


class Dead(Frozen):
    """A record that does not decode: `time` is what it says of itself, `waiting` how many of its key wait behind."""

    key: str
    topic: str
    partition: int
    offset: int
    type: str | None
    time: datetime | None
    reason: str
    waiting: int


@dataclass(frozen=True)
class Shown:
    """One held record, what keeps it from decoding now (None: it decodes), and what redriving its key would do."""

    hold: Hold
    problem: str | None
    plan: Plan


class HeldRecords:
    """Works beside the consumer's running processes, or without them: who reads the partition waits for a redrive."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._database = consumer.database
        self._folds = {fold.topic: fold for fold in consumer.folds}

    async def dead(self) -> list[Dead]:
        """By partition and offset."""
        columns = [column for column in HELD.columns if column.name != "value"]
        in_order = select(*columns).order_by(HELD.c.topic, HELD.c.partition, HELD.c.offset)
        async with self._database.snapshot() as connection:
            rows = (await connection.execute(in_order)).all()
        later: dict[tuple[str, int, bytes], int] = defaultdict(int)
        found: list[Dead] = []
        for row in reversed(rows):
            of_key = (row.topic, row.partition, row.key)
            if row.reason is not None:
                found.append(_dead(row, later[of_key]))
            later[of_key] += 1
        return found[::-1]

    async def show(self, place: str) -> Shown:
        """`place` is an offset, TOPIC-PARTITION@OFFSET, or a key: then its first record. Raises NotHeld."""
        async with self._database.snapshot() as connection:
            hold = await self._hold(connection, place)
            record = hold.record
            plan = await self._plan(connection, record.partition, record.key)
        return Shown(hold, problem(record, self._consumer.decode), plan)

    async def plans(self, keys: Collection[str] | None) -> list[Plan]:
        """What redriving these keys, or all, would do; changes nothing. Raises NotHeld."""
        async with self._database.snapshot() as connection:
            return [await self._plan(connection, *of) for of in await self._keys(connection, keys)]

    async def redrive(self, keys: Collection[str] | None) -> list[tuple[Plan, Redriven]]:
        """Tries what is held of these keys, or of all, again in order; one transaction a key.

        Each with what was to be expected just before. Raises NotHeld.
        """
        async with self._database.snapshot() as connection:
            wanted = await self._keys(connection, keys)
        inbox, done = self._consumer.inbox(), []
        for partition, key in wanted:
            async with self._database.snapshot() as connection:
                plan = await self._plan(connection, partition, key)
            done.append((plan, await inbox.redrive_key(partition, key)))
        return done

    async def droppable(self, place: str) -> Hold:
        """Raises NotHeld and NotDroppable."""
        async with self._database.snapshot() as connection:
            hold = await self._hold(connection, place)
        at = place_of(hold.record)
        if problem(hold.record, self._consumer.decode) is None:
            raise NotDroppable(f"{at} decodes, so it is not given up: `dead redrive` folds it in its turn.")
        if not _is_key(hold.record.key):
            raise NotDroppable(f"No event can have the key of {at}. It holds back nothing but itself.")
        return hold

    async def drop(self, hold: Hold, reason: str) -> Position:
        """Appends `record.dropped`: whoever holds the record lets go what waited, and every later fold skips it."""
        at, key = hold.record.partition, hold.record.key.decode()
        meta = Meta(
            id=new_event_id(),
            subject=key,
            time=datetime.now(UTC),
            source=f"aik/{self._consumer.name}",
            client_id=await self._client_of(at.topic, key),
        )
        return await self._consumer.log.append(
            RecordDropped(meta=meta, topic=at.topic, partition=at.number, offset=hold.record.offset, reason=reason)
        )

    async def _client_of(self, topic: str, key: str) -> str:
        async with self._database.snapshot() as connection:
            state = (await _states(connection, topic, {key})).get(key, {})
        return str(state.get("client_id") or NOBODY)

    async def _keys(
        self, connection: AsyncConnection, keys: Collection[str] | None
    ) -> Sequence[tuple[Partition, bytes]]:
        held = await holds.held_keys(connection, self._folds.keys())
        if unknown := set(keys or ()) - {text_of(key) for _, key in held}:
            raise NotHeld(f"Nothing is held of {', '.join(sorted(unknown))}.")
        return [(partition, key) for partition, key in held if keys is None or text_of(key) in keys]

    async def _hold(self, connection: AsyncConnection, place: str) -> Hold:
        for partition, key in await holds.held_keys(connection, self._folds.keys()):
            if text_of(key) == place:
                return (await holds.held_of(connection, partition, key))[0]
        named = PLACE.fullmatch(place)
        if named is None:
            raise NotHeld(f"Nothing is held of {place}.")
        here = HELD.c.offset == int(named["offset"])
        if named["topic"] is not None:
            here &= (HELD.c.topic == named["topic"]) & (HELD.c.partition == int(named["partition"]))
        found = [holds.hold_of(row) for row in await connection.execute(select(HELD).where(here))]
        if not found:
            raise NotHeld(f"Nothing is held at {place}.")
        if len(found) > 1:
            raise NotHeld(f"Several records are held at {place}: {', '.join(place_of(hold.record) for hold in found)}.")
        return found[0]

    async def _plan(self, connection: AsyncConnection, partition: Partition, key: bytes) -> Plan:
        held = await holds.held_of(connection, partition, key)
        readings = [read(hold.record, self._consumer.decode) for hold in held]
        subjects = {reading.event.meta.subject for reading in readings if reading.event is not None}
        fold = self._folds[partition.topic]
        stored = await _states(connection, partition.topic, subjects)
        states = {subject: fold.state.model_validate(state) for subject, state in stored.items()}
        return plan_of(fold, states, partition, key, readings)


def _dead(row: Any, waiting: int) -> Dead:
    headers = {name: value.encode("latin-1") for name, value in row.headers.items()}
    return Dead(
        key=text_of(row.key),
        topic=row.topic,
        partition=row.partition,
        offset=row.offset,
        type=type_of(headers),
        time=_time_of(headers),
        reason=row.reason,
        waiting=waiting,
    )


def _time_of(headers: Mapping[str, bytes]) -> datetime | None:
    try:
        return datetime.fromisoformat(headers["ce_time"].decode())
    except (KeyError, ValueError):
        return None


def _is_key(key: bytes) -> bool:
    try:
        Meta(id="id", subject=key.decode(), time=datetime.now(UTC), source="aik", client_id=NOBODY)
    except (UnicodeDecodeError, ValidationError):
        return False
    return True


async def _states(connection: AsyncConnection, topic: str, keys: Collection[str]) -> dict[str, Any]:
    rows = await connection.execute(
        select(FOLDED.c.key, FOLDED.c.state).where(FOLDED.c.topic == topic, FOLDED.c.key.in_(keys))
    )
    return {key: state for key, state in rows}
