"""Every consumer, in any batching, ends in the same rows, whatever is held, given up and let go meanwhile."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from uuid import uuid4

import pytest
from aik_events.envelope import Partition, Record, headers_of, value_of
from aik_events.event import Event
from aik_events.log.memory import MemoryLog
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_gateway.readmodel.models import ROWS, TABLES
from aik_gateway.readmodel.projector import GROUP, inbox_of
from aik_notifier.deliveries import DeliveryProjection
from aik_notifier.tables import NOTIFIER_TABLES
from aik_service.database import Database, table_of
from aik_service.dead_letters import DeadLetters
from aik_service.folding import TRACK_FOLD
from aik_service.inbox import Inbox
from aik_service.inbox_tables import INBOX_TABLES, HeldRecord
from aik_service.objects.memory import MemoryObjects
from aik_service.tasks import Task, TaskProjection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from sqlmodel import SQLModel

from tests.pipeline.gateway_stack import made_gateway
from tests.pipeline.poison import contents, fold

HERE = Partition(TRACKS, 5)
HOOK = "https://hooks.example.com/aik"
Consume = Callable[[MemoryLog, Database], Inbox]


def separator(log: MemoryLog, database: Database) -> Inbox:
    projection = TaskProjection(database, Step.SEPARATE)
    return Inbox(log, database, group="aik-separator", folds=[TRACK_FOLD], projection=projection)


def notifier(log: MemoryLog, database: Database) -> Inbox:
    projection = DeliveryProjection(database, "https://aik.example.com")
    return Inbox(log, database, group="aik-notifier", folds=[TRACK_FOLD], projection=projection)


CONSUMERS: dict[str, tuple[Consume, Sequence[type[SQLModel]]]] = {
    "separator": (separator, (*INBOX_TABLES, Task)),
    "gateway": (inbox_of, TABLES),
    "notifier": (notifier, (*INBOX_TABLES, *NOTIFIER_TABLES)),
}

Write = Callable[[Author, int, int], Event | None]
"""What an author writes at this offset, about an earlier one; None does not decode."""
WRITES: dict[str, Write] = {
    "broken": lambda a, here, n: None,
    "dropped": lambda a, here, n: a.dropped(TRACKS, HERE.number, n % (here + 1)),
    "imported": lambda a, here, n: a.imported(lyrics=n % 2 == 0, callback_url=HOOK),
    "edited": lambda a, here, n: a.edited(),
    "edited with steps": lambda a, here, n: a.edited("separate"),
    "started": lambda a, here, n: a.step_started("separate", attempt=n % 3 + 1),
    "failed": lambda a, here, n: a.failed("separate", attempt=n % 3 + 1),
    "finished": lambda a, here, n: a.finished("separate"),
    "retried": lambda a, here, n: a.retried(),
    "reprocess": lambda a, here, n: a.reprocess("separate"),
    "canceled": lambda a, here, n: a.canceled(),
    "deleted": lambda a, here, n: a.deleted(),
}
# Often enough that records are held, and given up.
KINDS = st.sampled_from(["broken", "broken", "dropped", "dropped", "dropped", *WRITES])
CALLS = st.tuples(KINDS, st.integers(0, 1), st.integers(0, 30))


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """One partition with two tracks: their events, what does not decode, and records that give any other up."""
    authors = [Author("trk_a"), Author("trk_b")]
    events: list[tuple[Author, Event | None]] = [(a, a.imported(callback_url=HOOK)) for a in authors]
    for kind, which, number in draw(st.lists(CALLS, min_size=4, max_size=30)):
        author = authors[which]
        events.append((author, WRITES[kind](author, len(events), number)))
    return [_record(offset, author, event) for offset, (author, event) in enumerate(events)]


def _record(offset: int, author: Author, event: Event | None) -> Record:
    key = author.track.encode()
    if event is None:
        return Record(HERE, offset, key, b"{", {})
    return Record(HERE, offset, key, value_of(event), headers_of(event))


@dataclass
class Rows:
    """What is compared: the rows of a consumer that reads the same log."""

    database: Database
    consumer: str

    async def after(self, records: Sequence[Record], sizes: Sequence[int], *, redriving: bool = False) -> object:
        """Of a schema that is new, when it has folded the records in batches of these sizes, the last one repeated."""
        consume, tables = CONSUMERS[self.consumer]
        log = MemoryLog()
        inbox = consume(log, self.database)
        await self.empty()
        await inbox.prepare()
        for record in records:
            await log.append_raw(HERE, record.key, record.value, record.headers)
            if redriving:
                await fold(inbox, self.database, log)
                await inbox.redrive()
        await fold(inbox, self.database, log, chain(sizes, repeat(sizes[-1])))
        return await contents(self.database, tables)

    async def empty(self) -> None:
        async with self.database.begin() as connection:
            for table in CONSUMERS[self.consumer][1]:
                await connection.execute(delete(table_of(table)))


@pytest.fixture(params=CONSUMERS)
async def rows(postgres: str, request: pytest.FixtureRequest) -> AsyncIterator[Rows]:
    database = Database(postgres, f"test_{uuid4().hex[:12]}")
    await database.create(CONSUMERS[request.param][1])
    try:
        yield Rows(database, request.param)
    finally:
        await database.drop()
        await database.close()


@given(records=histories(), sizes=st.lists(st.integers(2, 30), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_batching_gives_the_same_rows(rows: Rows, records: list[Record], sizes: list[int]) -> None:
    assert await rows.after(records, sizes) == await rows.after(records, [1])


@given(records=histories())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_trying_again_without_a_fix_changes_nothing(rows: Rows, records: list[Record]) -> None:
    assert await rows.after(records, [1], redriving=True) == await rows.after(records, [1])


async def test_a_rebuild_holds_and_skips_what_the_projector_did_and_says_so(postgres: str) -> None:
    author, log = Author("trk_a"), MemoryLog()
    async with made_gateway(postgres, log, MemoryObjects()) as gateway:
        inbox = inbox_of(log, gateway.database)
        await inbox.prepare()
        await log.append(author.imported(lyrics=True))
        for event in (author.edited(), author.edited()):
            at = await log.append_raw(log.partition_of(TRACKS, author.track), author.track.encode(), b"{", {})
            await log.append(event)
        await log.append(author.dropped(TRACKS, at.partition.number, 1))
        await fold(inbox, gateway.database, log)
        await DeadLetters(log, gateway.database, consumer=GROUP).copy()
        before = await contents(gateway.database, (*ROWS, HeldRecord))
        compared = await gateway.rebuilding().rebuild()
        assert (compared.records, compared.held, compared.differing) == (6, 2, 0)
        assert await contents(gateway.database, (*ROWS, HeldRecord)) == before, "it is copied once"
