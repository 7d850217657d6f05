"""The ports of a process that can be killed: each call that leaves it is a point before and a point after."""

import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from aik_events.envelope import Partition, Record
from aik_events.event import Event
from aik_events.log import Log, Position, Reader, Start
from aik_service.database import Database
from aik_service.maker import Computer
from aik_service.objects import Objects
from aik_service.step import EngineIdentity, StepInput, StepOutput
from sqlalchemy import event as listeners
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

from tests.faults.crash.life import Life

UUID_NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


class MortalLog:
    def __init__(self, life: Life, log: Log) -> None:
        self._life = life
        self._log = log

    async def append(self, event: Event) -> Position:
        async with self._life.leaving(f"append {event.type}"):
            return await self._log.append(event)

    async def fire(self, event: Event) -> None:
        async with self._life.leaving(f"fire {event.type}"):
            await self._log.fire(event)

    async def copy(self, record: Record, topic: str, headers: Mapping[str, bytes]) -> Position:
        async with self._life.leaving("copy"):
            return await self._log.copy(record, topic, headers)

    def read(self, topics: Sequence[str], *, group: str | None, start: Start) -> AbstractAsyncContextManager[Reader]:
        self._life.check()
        return self._log.read(topics, group=group, start=start)

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        self._life.check()
        return await self._log.ends(topics)

    async def identity(self) -> str:
        self._life.check()
        return await self._log.identity()


class MortalObjects:
    """Looking is no point: who dies there dies as well before or after something else."""

    def __init__(self, life: Life, objects: Objects) -> None:
        self._life = life
        self._objects = objects

    async def put(self, key: str, content: bytes | Path, content_type: str) -> None:
        async with self._life.leaving(f"put {_name(key)}"):
            await self._objects.put(key, content, content_type)

    async def create(self, key: str, content: bytes | Path, content_type: str) -> bool:
        async with self._life.leaving(f"create {_name(key)}"):
            return await self._objects.create(key, content, content_type)

    async def fetch(self, key: str, target: Path) -> None:
        async with self._life.leaving(f"fetch {_name(key)}"):
            await self._objects.fetch(key, target)

    async def remove(self, keys: Sequence[str]) -> None:
        async with self._life.leaving("remove"):
            await self._objects.remove(keys)

    async def read(self, key: str) -> bytes:
        self._life.check()
        return await self._objects.read(key)

    async def size(self, key: str) -> int:
        self._life.check()
        return await self._objects.size(key)

    async def keys(self, prefix: str) -> list[str]:
        self._life.check()
        return await self._objects.keys(prefix)

    async def keys_after(self, prefix: str, after: str, limit: int) -> list[str]:
        self._life.check()
        return await self._objects.keys_after(prefix, after, limit)

    async def check(self) -> None:
        self._life.check()
        await self._objects.check()


class MortalComputer:
    """The child starts when it is asked who it is."""

    def __init__(self, life: Life, computer: Computer) -> None:
        self._life = life
        self._computer = computer

    async def identity(self, engine: str) -> EngineIdentity:
        async with self._life.leaving("child start"):
            return await self._computer.identity(engine)

    async def handle(
        self, engine: str, step: StepInput, progress: Callable[[float], None], begun: Callable[[], None]
    ) -> StepOutput:
        async with self._life.leaving("computing"):
            return await self._computer.handle(engine, step, progress, begun)


class MortalDatabase(Database):
    """A commit is a point if the transaction writes; one that is open when the process dies is rolled back."""

    def __init__(self, life: Life, url: str, schema: str, **options: Any) -> None:
        super().__init__(url, schema, **options)
        self._life = life

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        self._life.check()
        async with super().begin() as connection:
            writes = _watched(connection)
            yield connection
            self._life.check()
            if not writes:
                return
            call = f"commit of {_opener(sys._getframe(1))}"
            self._life.reach(f"before {call}")
        self._life.reach(f"after {call}")

    async def create(self, tables: Sequence[type[SQLModel]]) -> None:
        async with self._life.leaving("commit of Database.create"):
            await super().create(tables)


def _watched(connection: AsyncConnection) -> list[str]:
    """The writing statements of this connection, from now on."""
    writes: list[str] = []

    def note(_: object, statement: object, *__: object) -> None:
        if getattr(statement, "is_dml", False):
            writes.append(str(statement))

    listeners.listen(connection.sync_connection, "before_execute", note)
    return writes


def _opener(frame: FrameType | None) -> str:
    """The public method of ours in which a transaction begins."""
    while frame is not None:
        module, name = str(frame.f_globals.get("__name__")), frame.f_code.co_qualname
        if module.startswith("aik_") and not name.rpartition(".")[2].startswith("_"):
            return name
        frame = frame.f_back
    raise AssertionError("a transaction that nobody began")


def _name(key: str) -> str:
    """The file's, or its folder's where files are named by ids, which are others each time."""
    *_, folder, name = key.split("/")
    return folder if UUID_NAMED.match(name) else name
