"""Whoever acts on one step service: clients, other services, inboxes and workers, each at any time."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from aik_events.catalogue import TrackPublished
from aik_events.envelope import Partition, decode
from aik_events.event import Event
from aik_events.log import Batch
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_events.pipeline import Step
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_events.track import Track
from aik_service.database import Database, table_of
from aik_service.drafts import Draft
from aik_service.folding import TRACK_FOLD
from aik_service.inbox import Inbox
from aik_service.inbox_tables import INBOX_TABLES, Folded, LogPosition
from aik_service.task_queue import TaskLease, TaskQueue
from aik_service.tasks import TASK, TASK_TABLES, TaskProjection, wanted
from sqlalchemy import Row, delete, func, select, update
from sqlmodel import SQLModel

from tests.faults.crash.checks import assert_each_result_counts_once, assert_legal, history_of
from tests.faults.crash.tellings import tellings
from tests.faults.judged import Judged
from tests.pipeline.test_inbox import all_from_the_beginning

TTL_S = 60.0
TABLES: Sequence[type[SQLModel]] = (*INBOX_TABLES, *TASK_TABLES, Draft)
FOLDED, POSITION = table_of(Folded), table_of(LogPosition)
MOST_ROUNDS = 60


@dataclass(frozen=True)
class Held:
    """A lease in the hands of a worker, who may have lost it since."""

    lease: TaskLease
    queue: TaskQueue


@dataclass
class Actors:
    runner: asyncio.Runner
    database: Database
    log: MemoryLog = field(default_factory=MemoryLog)
    told: list[Event] = field(default_factory=list)
    authors: dict[str, Author] = field(default_factory=dict)
    run_out: set[UUID] = field(default_factory=set)
    """Leases whose time is over."""
    attempts: dict[tuple[Any, ...], int] = field(default_factory=dict)
    """The last attempt at each task since this schema was made."""

    def do(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self.runner.run(awaited())

    def begin_anew(self) -> None:
        self.log = MemoryLog()
        self.told.clear()
        self.authors.clear()
        self._forget()
        self.do(self._emptied())

    def lose_the_schema(self) -> None:
        self._forget()
        self.do(self._emptied())

    def _forget(self) -> None:
        self.run_out.clear()
        self.attempts.clear()

    async def _emptied(self) -> None:
        """As dropped and made anew, which would take longer."""
        async with self.database.begin() as connection:
            for table in TABLES:
                await connection.execute(delete(table_of(table)))
        await self._inbox().prepare()

    def _inbox(self) -> Inbox:
        projection = TaskProjection(self.database, Step.SEPARATE)
        return Inbox(self.log, self.database, group="aik-separator", folds=[TRACK_FOLD], projection=projection)

    # Clients and other services.

    def write(self, track_id: str, write: Callable[[Author], Sequence[Event]]) -> None:
        """What the author makes of the track as the whole log has it."""
        author = self.authors.setdefault(track_id, Author(track_id, client=f"of {track_id}"))
        author.state = self.state_of(track_id)
        for event in write(author):
            self.tell(event)

    def others_go_on(self, track_id: str, steps: int) -> None:
        """The services of the steps that are next do them; at separating they wait."""
        for _ in range(steps):
            job = self.state_of(track_id).job
            if job is None or job.next_step is None or job.next_step == Step.SEPARATE:
                return
            step = job.next_step
            self.write(track_id, lambda author, step=step: author.went_through(step))  # type: ignore[misc]  # bound now

    def tell(self, event: Event) -> None:
        self.told.append(event)
        self.do(self.log.append(event))

    def state_of(self, track_id: str) -> Track:
        history = history_of(track_id, self.told)
        return history[-1].after if history else Track(id=track_id)

    # Inboxes.

    def fold(self, partition: int, count: int = 1, *, everything: bool = False) -> None:
        """So many of the records that are new in one of the partitions that have some."""
        self.do(self._fold(partition, count, everything))

    async def _fold(self, which: int, count: int, everything: bool) -> None:
        positions = await self.positions()
        new = [(p, positions[p], end) for p, end in (await self.log.ends([TRACKS])).items() if end > positions[p]]
        for partition, start, end in new if everything else [new[which % len(new)]] if new else []:
            await self._take(partition, start, end if everything else min(end, start + count))

    async def _take(self, partition: Partition, start: int, end: int) -> None:
        records = self.log.slice_of(partition, start)[: end - start]
        reader = MemoryReader(self.log, [partition], all_from_the_beginning, assigned=[partition])
        await self._inbox().take(reader, Batch(partition, start, start + len(records), records))

    def deliver_again(self, which: int, back: int) -> None:
        self.do(self._deliver_again(which, back))

    async def _deliver_again(self, which: int, back: int) -> None:
        """A batch that begins before the position, as whoever held the partition before may still deliver it."""
        read = [(partition, next_one) for partition, next_one in (await self.positions()).items() if next_one]
        if read:
            partition, next_one = read[which % len(read)]
            await self._take(partition, max(0, next_one - back), len(self.log.slice_of(partition, 0)))

    async def positions(self) -> Mapping[Partition, int]:
        async with self.database.begin() as connection:
            rows = await connection.execute(select(POSITION.c.topic, POSITION.c.partition, POSITION.c.next))
            return {Partition(topic, number): next_one for topic, number, next_one in rows}

    # Workers.

    def take(self, worker: int) -> Held | None:
        """Never what another worker holds; and every attempt has a higher number than the one before."""
        before = {_key(row): row for row in self.tasks()}
        queue = TaskQueue(self.database, worker=f"worker {worker}", ttl_s=TTL_S)
        lease: TaskLease | None = self.do(queue.take())
        if lease is None:
            return None
        row = before[lease.key]
        assert row.lease_id is None or row.lease_id in self.run_out, "somebody else holds it"
        assert lease.attempt > max(row.attempt, self.attempts.get(lease.key, 0))
        assert lease.is_taken_over == (row.lease_id is not None and not row.parked)
        self.attempts[lease.key] = lease.attempt
        return Held(lease, queue)

    def let_leases_run_out(self) -> None:
        self.run_out |= {row.lease_id for row in self.tasks() if row.lease_id is not None}
        long_ago = func.now() - func.make_interval(0, 0, 0, 0, 1)
        self.do(self._write(update(TASK).values(heartbeat_at=long_ago, run_after=None)))

    def write_as(self, held: Held, write: str) -> None:
        """Whoever has lost the lease is told so, and changes nothing."""
        lease, before = held.lease, self.tasks()
        is_held = any(
            (*_key(row), row.lease_id, row.attempt) == (*lease.key, lease.id, lease.attempt) for row in before
        )
        assert self.do(getattr(held.queue, write)(lease)) == is_held
        if not is_held:
            assert self.tasks() == before
        elif write == "renew":
            self.run_out.discard(lease.id)

    def tell_as(self, held: Held, what: str) -> None:
        events: list[Event] = self.do(tellings(held.lease, what))
        for event in events:
            self.tell(event)

    # What must be true.

    def tasks(self) -> Sequence[Row[Any]]:
        rows: Sequence[Row[Any]] = self.do(self._rows(select(TASK).order_by(TASK.c.job_id, TASK.c.run, TASK.c.step)))
        return rows

    async def _rows(self, statement: Any) -> Sequence[Row[Any]]:
        async with self.database.begin() as connection:
            return (await connection.execute(statement)).all()

    async def _write(self, statement: Any) -> None:
        async with self.database.begin() as connection:
            await connection.execute(statement)

    def unchanged_by(self, act: Callable[[], None]) -> bool:
        before = (self.tasks(), self.folded())
        act()
        return before == (self.tasks(), self.folded())

    def folded(self) -> Mapping[str, Track]:
        rows = self.do(self._rows(select(FOLDED.c.key, FOLDED.c.state)))
        return {key: Track.model_validate(state) for key, state in rows}

    def check_states(self) -> None:
        """The stored states are what the log adds up to, as far as it was read."""
        read: list[Event] = []
        for partition, next_one in self.do(self.positions()).items():
            read += [decode(record) for record in self.log.slice_of(partition, 0)[:next_one]]
        tracks = {event.meta.subject for event in read}
        assert self.folded() == {track: history_of(track, read)[-1].after for track in tracks}

    def check_tasks(self) -> None:
        """One for each state that asks for one, and no other; it counts no less than the state."""
        asked = [task for track in self.folded().values() if (task := wanted(track, Step.SEPARATE)) is not None]
        there = {_key(row): row for row in self.tasks()}
        assert there.keys() == {(task.job_id, task.run, task.step) for task in asked}
        for task in asked:
            row = there[task.job_id, task.run, task.step]
            assert (row.track_id, row.client_id, row.priority) == (task.track_id, task.client_id, task.priority)
            assert (row.attempt, row.failures, row.losses) >= (task.attempt, task.failures, task.losses)

    def check_history(self) -> None:
        for track in {event.meta.subject for event in self.told}:
            history = history_of(track, self.told)
            once = history_of(track, _first_of_each(self.told))
            assert history[-1].after == once[-1].after, "what is told again changes nothing"
            assert_legal(history)
            assert_each_result_counts_once(history)
            published = Counter(one.after.job.version for one in history if _publishes(one) and one.after.job)
            assert set(published.values()) <= {1}

    def bring_to_an_end(self) -> None:
        """New workers finish what is left."""
        for _ in range(MOST_ROUNDS):
            self.fold(0, everything=True)
            if not any(track.job is not None and track.job.is_open for track in self.folded().values()):
                break
            for track in {event.meta.subject for event in self.told}:
                self.others_go_on(track, steps=5)
            self.let_leases_run_out()
            held = self.take(0)
            if held is not None:
                for what in ("taken_over", "started", "finished"):
                    self.tell_as(held, what)
                self.write_as(held, "park")
        else:
            raise AssertionError(f"still open: {self.folded()}")
        assert self.tasks() == []


def _key(row: Row[Any]) -> tuple[Any, ...]:
    return (row.job_id, row.run, row.step)


def _first_of_each(events: Sequence[Event]) -> Sequence[Event]:
    first: dict[str, Event] = {}
    for event in events:
        first.setdefault(event.meta.id, event)
    return list(first.values())


def _publishes(one: Judged) -> bool:
    return one.counts and isinstance(one.event, TrackPublished)


@contextmanager
def opened(postgres: str) -> Iterator[Actors]:
    """In a schema of their own; everything asynchronous happens within one call."""
    with asyncio.Runner() as runner:
        actors = Actors(runner, Database(postgres, f"test_{uuid4().hex[:12]}"))
        actors.do(actors.database.create(TABLES))
        try:
            yield actors
        finally:
            actors.do(actors.database.drop())
            actors.do(actors.database.close())
