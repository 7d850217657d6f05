"""The notifier's deliveries on real Postgres, with a log in memory, folded and tried a step at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from aik_events.envelope import Partition
from aik_events.event import Event
from aik_events.ids import derived, endpoint_id
from aik_events.log import Batch
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_events.messages import message_of
from aik_events.topics import TRACKS, WEBHOOKS
from aik_notifier.deliveries import DeliveryProjection
from aik_notifier.delivery_queue import DeliveryQueue
from aik_notifier.delivery_rows import host_of
from aik_notifier.facts import fact_of
from aik_notifier.poster import Answer
from aik_notifier.queue import DeliveryLease
from aik_notifier.room import Room
from aik_notifier.tables import DELIVERY, NOTIFIER_TABLES
from aik_notifier.testing.story import Song
from aik_service.database import Database
from aik_service.folding import ENDPOINT_FOLD, TRACK_FOLD, Fold, fold_all
from aik_service.inbox import Inbox
from aik_service.inbox_tables import INBOX_TABLES
from sqlalchemy import select, text, update

OK = Answer(latency_ms=5, status=200)
BUSY = Answer(latency_ms=5, status=503, error="http-503")
SONG = Song()
READY = derived(SONG.published().meta.id, "track.ready")
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
BOTH = ((TRACKS, WEBHOOKS), (WEBHOOKS, TRACKS))


@dataclass
class Notifier:
    """The log outlives the schema."""

    database: Database
    log: MemoryLog = field(default_factory=MemoryLog)
    folded: dict[Partition, int] = field(default_factory=dict)

    async def prepare(self) -> None:
        await self.database.create([*INBOX_TABLES, *NOTIFIER_TABLES])
        await self._inbox().prepare()

    async def start_anew(self) -> None:
        await self.database.drop()
        self.folded.clear()
        await self.prepare()

    def _inbox(self) -> Inbox:
        projection = DeliveryProjection(self.database, "https://aik.example.com")
        folds = [TRACK_FOLD, ENDPOINT_FOLD]
        return Inbox(self.log, self.database, group="aik-notifier", folds=folds, projection=projection)

    async def append(self, *events: Event) -> None:
        for event in events:
            await self.log.append(event)

    async def fold(self, *topics: str) -> None:
        """Everything that is new in these topics, one after the other."""
        inbox = self._inbox()
        for topic in topics or (TRACKS, WEBHOOKS):
            for partition in await self.log.ends([topic]):
                start = self.folded.get(partition, 0)
                records = self.log.slice_of(partition, start)
                if records:
                    batch = Batch(partition, start, start + len(records), records)
                    await inbox.take(MemoryReader(self.log, [partition], from_the_start), batch)
                    self.folded[partition] = batch.next

    async def apply(self, fold: Fold, events: Sequence[Event]) -> None:
        """One batch, in a transaction of its own."""
        changes, _ = fold_all(fold, {}, Partition(fold.topic, 0), list(enumerate(events)))
        async with self.database.begin() as connection:
            await DeliveryProjection(self.database, "https://aik.example.com").apply(connection, changes)

    async def until_waiting(self, count: int) -> None:
        """So many connections wait for a lock."""
        async with asyncio.timeout(10):
            while await self._waiting() < count:
                await asyncio.sleep(0.01)

    async def _waiting(self) -> int:
        async with self.database.begin() as connection:
            return int((await connection.execute(text(WAITING))).scalar_one())

    def queue(self, worker: str = "one", ttl_s: float = 60) -> DeliveryQueue:
        return DeliveryQueue(self.database, worker=worker, ttl_s=ttl_s)

    async def rows(self) -> dict[str, tuple[int, str | None, bool]]:
        """Of each delivery: its attempt, its outcome, and whether its content is known."""
        async with self.database.begin() as connection:
            found = await connection.execute(select(DELIVERY))
            return {row.id: (row.attempt, row.outcome, row.body is not None) for row in found}

    async def make_due(self, for_so_long: timedelta = timedelta()) -> None:
        async with self.database.begin() as connection:
            await connection.execute(update(DELIVERY).values(run_after=datetime.now(UTC) - for_so_long))


async def taken(queue: DeliveryQueue) -> DeliveryLease | None:
    """What one sender takes."""
    found = await queue.take(Room(senders=1, per_host=1))
    return found[0] if found else None


async def from_the_start(partitions: Sequence[Partition]) -> dict[Partition, int]:
    return dict.fromkeys(partitions, 0)


@asynccontextmanager
async def made_notifier(postgres: str) -> AsyncIterator[Notifier]:
    database = Database(postgres, f"test_{uuid4().hex[:12]}")
    made = Notifier(database)
    await made.prepare()
    try:
        yield made
    finally:
        await database.drop()
        await database.close()


def fact(attempt: int, answer: Answer, song: Song = SONG, opened_by: Event | None = None) -> Event:
    """What a sender tells of this try at the song's track.ready."""
    return fact_of(lease_of(song, attempt, opened_by), answer, now=datetime.now(UTC), traceparent=None)


def lease_of(song: Song, attempt: int, opened_by: Event | None = None) -> DeliveryLease:
    events = song.to_published()
    message = message_of(events[-1], song.folded(*events))
    assert message is not None
    return DeliveryLease(
        key=(message.id,),
        id=uuid4(),
        attempt=attempt,
        delivery_id=message.id,
        endpoint_id=endpoint_id(message.client_id, message.url),
        client_id=message.client_id,
        url=message.url,
        host=host_of(message.url),
        kind=message.kind,
        track_id=message.track_id,
        opened_by=message.event_id if opened_by is None else opened_by.meta.id,
        traceparent=message.traceparent,
        body=message.body("https://aik.example.com"),
    )
