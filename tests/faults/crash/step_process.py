"""A step service's process on ports that can be killed; it does one thing after the other, so that points are known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from aik_events.envelope import Partition
from aik_events.log import Batch
from aik_events.log.memory import MemoryLog, MemoryReader
from aik_events.pipeline import Step
from aik_events.topics import TRACKS
from aik_service.database import Bell, Database, table_of
from aik_service.drafts import Draft, Drafts
from aik_service.engine_process.parent import EngineFailed
from aik_service.folding import TRACK_FOLD
from aik_service.inbox import Inbox
from aik_service.inbox_tables import INBOX_TABLES, LogPosition
from aik_service.maker import Computer, Maker
from aik_service.objects import Objects
from aik_service.objects.memory import MemoryObjects
from aik_service.runner import Runner
from aik_service.step import EngineIdentity, StepInput, StepOutput
from aik_service.task_queue import TaskQueue
from aik_service.tasks import TASK, TASK_TABLES, WITHDRAWN, TaskProjection
from aik_service.testing.echo import Shouter, handle
from sqlalchemy import func, select, text, update
from sqlmodel import SQLModel

from tests.faults.crash.life import Life
from tests.faults.crash.ports import MortalComputer, MortalDatabase, MortalLog, MortalObjects
from tests.pipeline.stack import DEFAULT, SETTINGS, SHOUT, in_background

TABLES: Sequence[type[SQLModel]] = (*INBOX_TABLES, *TASK_TABLES, Draft)
LEASE_S = 60.0
"""Never renewed by itself while a test runs."""
PATIENT = SETTINGS.model_copy(update={"lease_s": LEASE_S})


@dataclass
class InlineComputer:
    """Handler and engine in the process of the test, which is quick; breaks as often as it is told to."""

    breaks: int = 0

    async def identity(self, engine: str) -> EngineIdentity:
        return Shouter.identity

    async def handle(
        self, engine: str, step: StepInput, progress: Callable[[float], None], begun: Callable[[], None]
    ) -> StepOutput:
        begun()
        if self.breaks:
            self.breaks -= 1
            raise EngineFailed("broken once")
        return handle(step, Shouter(), progress)


@dataclass
class World:
    """What outlives a process."""

    postgres: str
    schema: str
    log: MemoryLog = field(default_factory=MemoryLog)
    objects: Objects = field(default_factory=MemoryObjects)
    computer: Computer = field(default_factory=InlineComputer)

    def __post_init__(self) -> None:
        self.database = Database(self.postgres, self.schema)

    async def let_leases_run_out(self) -> None:
        """As if the time of a lease had passed."""
        async with self.database.begin() as connection:
            if (await connection.execute(text("SELECT to_regclass('task')"))).scalar_one() is not None:
                passed = func.make_interval(0, 0, 0, 0, 0, 0, LEASE_S + 1)
                await connection.execute(update(TASK).values(heartbeat_at=TASK.c.heartbeat_at - passed))

    async def end(self) -> None:
        await self.database.drop()
        await self.database.close()


class StepProcess:
    """The parts of `run_step`; what they do at the same time there is done in turn here."""

    def __init__(self, life: Life, world: World) -> None:
        self.life = life
        self._world = world
        self._database = MortalDatabase(life, world.postgres, world.schema)
        self._log = MortalLog(life, world.log)
        self._objects = MortalObjects(life, world.objects)
        self._drafts = Drafts(self._database, self._objects, settled_s=0)
        self._queue = TaskQueue(self._database, worker=uuid4().hex, ttl_s=LEASE_S)
        projection = TaskProjection(self._database, Step.SEPARATE)
        folds = [TRACK_FOLD]
        self._inbox = Inbox(self._log, self._database, group="aik-separator", folds=folds, projection=projection)
        self._withdrawn = Bell(self._database, WITHDRAWN)

    async def run(self) -> None:
        """Until there is nothing left to do."""
        try:
            await self._database.create(TABLES)
            await self._inbox.prepare()
            async with in_background(self._withdrawn.run()):
                await self._withdrawn.wait(10)
                with TemporaryDirectory() as work:
                    await self._work(self._runner(Path(work)))
                await self._drafts.sweep()
        finally:
            await self._database.close()

    async def fold(self) -> None:
        """Everything that is new, each record in a transaction of its own."""
        next_ones = await self._positions()
        for partition, end in (await self._log.ends([TRACKS])).items():
            start = next_ones[partition.number]
            for record in self._world.log.slice_of(partition, start) if end > start else ():
                batch = Batch(partition, record.offset, record.offset + 1, [record])
                await self._inbox.take(MemoryReader(self._world.log, [partition], _nowhere), batch)

    async def _work(self, runner: Runner) -> None:
        await self.fold()
        while (lease := await self._queue.take()) is not None:
            await runner.work(lease)
            await self.fold()

    def _runner(self, work: Path) -> Runner:
        computer = MortalComputer(self.life, self._world.computer)
        maker = Maker(SHOUT, DEFAULT, objects=self._objects, drafts=self._drafts, computer=computer, work=work)
        return Runner(
            SHOUT,
            PATIENT,
            queue=self._queue,
            log=self._log,
            objects=self._objects,
            maker=maker,
            withdrawn=self._withdrawn.wait,
        )

    async def _positions(self) -> Mapping[int, int]:
        table = table_of(LogPosition).c
        async with self._database.begin() as connection:
            rows = await connection.execute(select(table.partition, table.next).where(table.topic == TRACKS))
            return {partition: offset for partition, offset in rows}


async def _nowhere(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
    raise AssertionError("nobody reads here")
