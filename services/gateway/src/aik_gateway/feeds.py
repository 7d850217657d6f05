"""Who listens to jobs in this process: woken when there may be news, and never queued for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import structlog
from aik_service.database import OUTAGES, RECONNECT_S, Database
from psycopg import OperationalError

from aik_gateway.readmodel.models.tracks import JobRow
from aik_gateway.readmodel.projector import JOBS

log = structlog.get_logger()

POLL_S = 10.0
"""How often all jobs that are listened to are looked at, for what was not heard."""
PROGRESS_S = 0.4
"""No job's progress is told more often."""
LOOKS = 3
"""So many looks at once, whatever the number of listeners: the pool of connections is everybody's."""

Newest = Callable[[Mapping[str, str]], Awaitable[Mapping[str, int]]]
"""(the tracks of these jobs, by job) → the offset of each job's newest message."""


@dataclass(frozen=True)
class Notice:
    """What is told of an event, as it is sent to every listener; `job` and the song's duration are as it left them."""

    offset: int
    text: bytes
    is_end: bool
    job: JobRow
    duration_ms: int | None


class Teller(Protocol):
    """Puts what is known of a job into words, once for all of its listeners."""

    async def after(self, job: JobRow, offset: int) -> Sequence[Notice] | None:
        """A page of what was told after this offset, in log order; None while Postgres is away."""

    def progress(self, newest: Notice) -> bytes | None:
        """How far the job is now; None when nothing was heard of it."""


class Feed:
    """One job that somebody listens to. `news` and `progressed` grow when there may be something to tell."""

    def __init__(self, newest: Notice, teller: Teller, looking: asyncio.Semaphore) -> None:
        self.newest = newest
        self.listeners = 0
        self.news = 0
        self.progressed = 0
        self._teller = teller
        self._looking = looking
        self._looks: dict[tuple[int, int], asyncio.Future[Sequence[Notice] | None]] = {}
        self._bell = asyncio.Event()
        self._soon: asyncio.TimerHandle | None = None
        self._progress: tuple[int, bytes | None] = (-1, None)

    @property
    def bell(self) -> asyncio.Event:
        """Taken before one looks and waited for after: it rings for whatever comes in between."""
        return self._bell

    def ring(self) -> None:
        rung, self._bell = self._bell, asyncio.Event()
        rung.set()

    def told(self) -> None:
        self.news += 1
        self.ring()

    def heard(self) -> None:
        """Of the messages about progress that come close together, the last one is told."""
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(PROGRESS_S, self._progress_now)

    def close(self) -> None:
        if self._soon is not None:
            self._soon.cancel()

    async def after(self, offset: int) -> Sequence[Notice] | None:
        """Of all who ask for the same, the first one looks; whoever goes away doesn't take the answer along."""
        wanted = (offset, self.news)
        look = self._looks.get(wanted)
        if look is None:
            look = self._looks[wanted] = asyncio.ensure_future(self._looked(offset))
            look.add_done_callback(lambda _: self._looks.pop(wanted, None))
        return await asyncio.shield(look)

    def progress(self) -> bytes | None:
        """How far it is now, put into words once for all."""
        if self._progress[0] != self.progressed:
            self._progress = (self.progressed, self._teller.progress(self.newest))
        return self._progress[1]

    def is_newer(self, newest: Notice) -> None:
        if newest.offset > self.newest.offset:
            self.newest = newest

    async def _looked(self, offset: int) -> Sequence[Notice] | None:
        async with self._looking:
            notices = await self._teller.after(self.newest.job, offset)
        if notices:
            self.is_newer(notices[-1])
        return notices

    def _progress_now(self) -> None:
        self._soon = None
        self.progressed += 1
        self.ring()


class Feeds:
    """Every process hears which jobs have news. A listener keeps nothing but its place, however slowly it reads."""

    def __init__(self, database: Database, newest: Newest, *, poll_s: float = POLL_S) -> None:
        self._database = database
        self._newest = newest
        self._poll_s = poll_s
        self._feeds: dict[str, Feed] = {}
        self._looking = asyncio.Semaphore(LOOKS)
        self.has_ended = False

    @property
    def listeners(self) -> int:
        return sum(feed.listeners for feed in self._feeds.values())

    @contextmanager
    def following(self, newest: Notice, teller: Teller) -> Iterator[Feed]:
        """The feed of this notice's job, shared with all who listen to it."""
        job_id = newest.job.id
        feed = self._feeds.setdefault(job_id, Feed(newest, teller, self._looking))
        feed.is_newer(newest)
        feed.listeners += 1
        try:
            yield feed
        finally:
            feed.listeners -= 1
            if not feed.listeners:
                feed.close()
                del self._feeds[job_id]

    def heard(self, job_id: str) -> None:
        """A message about its progress has come."""
        if job_id in self._feeds:
            self._feeds[job_id].heard()

    async def run(self) -> None:
        """Listens for ever; when this is told to end, so is everybody who listens here."""
        parts = [asyncio.ensure_future(part) for part in (self._hear(), self._poll())]
        try:
            await asyncio.gather(*parts)
        finally:
            for part in parts:
                part.cancel()
            self.end()

    def end(self) -> None:
        """Everybody who listens is let go."""
        self.has_ended = True
        for feed in self._feeds.values():
            feed.ring()

    async def _hear(self) -> None:
        while True:
            try:
                async for job_ids in self._database.listen(JOBS):
                    for feed in self._named(job_ids):
                        feed.told()
            except OperationalError as error:
                log.warning("news of jobs is not heard, the table is looked at instead", error=str(error))
                await asyncio.sleep(RECONNECT_S)

    def _named(self, job_ids: Sequence[str]) -> Sequence[Feed]:
        """When nobody is named, listening has just begun: anybody may have missed something."""
        if not job_ids:
            return list(self._feeds.values())
        return [self._feeds[job_id] for job_id in job_ids if job_id in self._feeds]

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_s)
            if self._feeds:
                await self._look_at_all()

    async def _look_at_all(self) -> None:
        tracks = {job_id: feed.newest.job.track_id for job_id, feed in self._feeds.items()}
        try:
            newest = await self._newest(tracks)
        except OUTAGES as error:
            log.warning("news of jobs can't be looked up", error=str(error))
            return
        for job_id, offset in newest.items():
            feed = self._feeds.get(job_id)
            if feed is not None and feed.newest.offset < offset:
                feed.told()
