"""One step service on real Postgres with a log and an object store in memory, driven a step at a time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from aik_events.catalogue import JobCanceled, Source, TrackImported, TrackSeparated
from aik_events.envelope import decode
from aik_events.event import Event, Meta
from aik_events.ids import new_event_id
from aik_events.log.memory import MemoryLog
from aik_events.pipeline import Step, steps_at_import
from aik_events.topics import TRACKS
from aik_service.database import Bell, Database
from aik_service.drafts import Draft, Drafts
from aik_service.engine_choice import EngineChoice
from aik_service.engine_process.parent import EngineProcess
from aik_service.folding import TRACK_FOLD, Change
from aik_service.inbox import Inbox, nothing
from aik_service.inbox_tables import INBOX_TABLES
from aik_service.maker import Computer, Maker
from aik_service.objects.memory import MemoryObjects
from aik_service.runner import Runner
from aik_service.service import StepService
from aik_service.settings import StepSettings
from aik_service.sla import Sla
from aik_service.task_queue import TaskLease, TaskQueue
from aik_service.tasks import CHANNEL, TASK_TABLES, WITHDRAWN, TaskProjection
from aik_service.worker import Worker
from pydantic import SecretStr

SHOUT = StepService(
    step=Step.SEPARATE,
    result=TrackSeparated,
    handler="aik_service.testing.echo:handle",
    engines={"shouter": "aik_service.testing.echo:load", "whisperer": "aik_service.testing.echo:load_whisperer"},
    sla=Sla(base_s=30, factor=0),
)
DEFAULT = EngineChoice(SHOUT.default_engine)
SETTINGS = StepSettings(
    s3_access_key="unused",
    s3_secret_key=SecretStr("unused"),
    lease_s=30.0,
    poll_s=0.1,
    max_attempts=3,
    retry_delay_s=0.0,
)


@dataclass
class Stack:
    """What outlives a worker: the database, the log and the objects."""

    database: Database
    log: MemoryLog = field(default_factory=MemoryLog)
    objects: MemoryObjects = field(default_factory=MemoryObjects)

    def inbox(self, told: Callable[[Sequence[Change]], None] = nothing) -> Inbox:
        group, projection = "aik-separator", TaskProjection(self.database, Step.SEPARATE)
        return Inbox(self.log, self.database, group=group, folds=[TRACK_FOLD], projection=projection, told=told)

    def queue(self, worker: str = "one", ttl_s: float = SETTINGS.lease_s) -> TaskQueue:
        return TaskQueue(self.database, worker=worker, ttl_s=ttl_s)

    def drafts(self, settled_s: float = 0) -> Drafts:
        return Drafts(self.database, self.objects, settled_s=settled_s)

    @asynccontextmanager
    async def runner(
        self,
        name: str = "one",
        *,
        queue: TaskQueue | None = None,
        settings: StepSettings = SETTINGS,
        choice: EngineChoice = DEFAULT,
    ) -> AsyncIterator[Runner]:
        """A runner with its child, and the bell of what is withdrawn."""
        async with self.runners(name, jobs=1, queue=queue, settings=settings, choice=choice) as [runner]:
            yield runner

    @asynccontextmanager
    async def runners(
        self,
        name: str = "one",
        *,
        jobs: int,
        queue: TaskQueue | None = None,
        settings: StepSettings = SETTINGS,
        choice: EngineChoice = DEFAULT,
        computer: Computer | None = None,
    ) -> AsyncIterator[list[Runner]]:
        """As many as jobs at a time, with one child."""
        engine = EngineProcess(SHOUT.handler, idle_s=60)
        by, withdrawn = computer or engine, Bell(self.database, WITHDRAWN)
        with TemporaryDirectory() as work:
            maker = Maker(SHOUT, choice, objects=self.objects, drafts=self.drafts(), computer=by, work=Path(work))
            runners = [
                Runner(
                    SHOUT,
                    settings,
                    queue=queue or self.queue(name),
                    log=self.log,
                    objects=self.objects,
                    maker=maker,
                    withdrawn=withdrawn.ear(),
                )
                for _ in range(jobs)
            ]
            try:
                async with in_background(withdrawn.run()):
                    yield runners
            finally:
                await engine.kill()

    def worker(self, runner: Runner, name: str = "one") -> Worker[TaskLease]:
        """Takes what there is for the runner to work on."""
        bell = Bell(self.database, CHANNEL)
        return Worker(self.queue(name), runner.work, wait=bell.wait, poll_s=SETTINGS.poll_s)

    @asynccontextmanager
    async def working(self, name: str = "one", *, jobs: int = 1) -> AsyncIterator[None]:
        async with self.runners(name, jobs=jobs) as runners, AsyncExitStack() as workers:
            for runner in runners:
                await workers.enter_async_context(in_background(self.worker(runner, name).run()))
            yield

    @asynccontextmanager
    async def folding(self) -> AsyncIterator[Inbox]:
        inbox = self.inbox()
        await inbox.prepare()
        async with in_background(inbox.run()):
            yield inbox

    async def import_song(
        self, text: str, *, client: str = "cli", priority: int = 0, quality: str | None = None
    ) -> str:
        """A track whose source is this text; the step service's answer depends on it."""
        track_id = f"trk_{uuid4().hex}"
        key = source_of(track_id)
        await self.objects.put(key, text.encode(), "text/plain")
        source = Source(asset_id="ast_1", key=key, filename="source.txt", size_bytes=len(text))
        steps = steps_at_import(has_lyrics=False)
        made = {"job_id": f"job_{track_id}", "source": source, "steps": steps, "priority": priority, "quality": quality}
        await self.log.append(TrackImported.model_validate({"meta": meta(track_id, client), **made}))
        return track_id

    async def cancel(self, track_id: str) -> None:
        await self.log.append(JobCanceled(meta=meta(track_id), job_id=f"job_{track_id}"))

    async def events(self, track_id: str) -> Sequence[Event]:
        records = self.log.slice_of(self.log.partition_of(TRACKS, track_id), 0)
        return [e for e in map(decode, records) if e.meta.subject == track_id]

    async def types(self, track_id: str) -> list[str]:
        return [event.type for event in await self.events(track_id)]


def meta(subject: str, client: str = "cli") -> Meta:
    return Meta(id=new_event_id(), subject=subject, time=datetime.now(UTC), source="aik/test", client_id=client)


@asynccontextmanager
async def made_stack(postgres: str) -> AsyncIterator[Stack]:
    database = Database(postgres, f"test_{uuid4().hex[:12]}")
    await database.create([*INBOX_TABLES, *TASK_TABLES, Draft])
    try:
        yield Stack(database)
    finally:
        await database.drop()
        await database.close()


def source_of(track_id: str) -> str:
    """The key of its source."""
    return f"assets/{track_id}/source.txt"


@asynccontextmanager
async def in_background(work: Coroutine[object, object, object]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
