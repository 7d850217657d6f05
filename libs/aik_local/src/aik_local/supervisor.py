"""Starts the servers and the aik processes in order, keeps them running, and stops them in reverse."""

import asyncio
import fcntl
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aik_local import files, processes, servers
from aik_local.backoff import Backoff
from aik_local.child import run_to_end
from aik_local.credentials import load_or_create
from aik_local.errors import AlreadyRunning, JarsFailed, TopicsFailed
from aik_local.keeper import Keeper
from aik_local.layout import Layout
from aik_local.leftovers import end_leftovers
from aik_local.ports import Ports
from aik_local.program import Program
from aik_local.servers import jars
from aik_local.state import Board, Identity, SuiteState, load

log = logging.getLogger(__name__)
WANTED_PORTS = {processes.API: 8080, "kafka": 9092, "postgres": 5432, "s3": 8333}


class _Told(Exception):
    """Somebody wants everything to stop."""


@dataclass
class Supervisor:
    """`names` are the aik processes to run; `topics` is the command that creates the topics, an empty one for none.

    `commands` are those of processes that no entry point names, or that another program stands in for.
    """

    layout: Layout
    names: Sequence[str]
    topics: Sequence[str]
    wanted_ports: Mapping[str, int] = field(default_factory=lambda: WANTED_PORTS)
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    backoff: Backoff = field(default_factory=Backoff)
    _stages: list[list[Keeper]] = field(default_factory=list)

    async def run(self, told: asyncio.Event) -> None:
        """Returns once `told` is set and everything has ended; raises when something could not be prepared."""
        with _alone(self.layout.lock):
            for name in end_leftovers(load(self.layout.state)):
                log.warning("%s was left behind by a supervisor that was killed; it has been ended", name)
            board = Board(self.layout.state, SuiteState(supervisor=Identity.of(os.getpid())))
            board.phase("preparing")
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_wait_for(told))
                    await self._start(group, board)
            except* _Told:
                board.phase("stopping")
            finally:
                for stage in reversed(self._stages):
                    await asyncio.gather(*(keeper.stop() for keeper in stage))
                board.phase("stopped" if told.is_set() else "failed")
            log.info("everything has been stopped")

    async def _start(self, group: asyncio.TaskGroup, board: Board) -> None:
        keys = load_or_create(self.layout.credentials)
        ports = Ports(self.layout.ports, dict(self.wanted_ports))
        await self._fetch_jars()
        made = await asyncio.to_thread(servers.prepare, self.layout, ports, keys)
        known = processes.programs(self.names, made.environment, self.layout, ports, keys)
        aik = [replace(one, command=self.commands.get(one.name, one.command)) for one in known]
        for note in ports.notes:
            log.warning(note)
        board.phase("starting", *ports.notes)
        self._write_env(made.environment, aik)
        await self._keep(group, board, made.programs)
        if self.topics:
            await self._create_topics(made.environment)
        await self._keep(group, board, aik)
        board.phase("ready")
        log.info("everything is ready")

    async def _fetch_jars(self) -> None:
        """A process can be ended during a download, a thread can't."""
        command = (sys.executable, "-m", "aik_local.fetch_jars", str(self.layout.jars))
        if not jars.are_there(self.layout.jars) and await run_to_end(command, os.environ) != 0:
            raise JarsFailed

    async def _keep(self, group: asyncio.TaskGroup, board: Board, programs: Sequence[Program]) -> None:
        """Starts one stage; returns when all of it is ready."""
        stage = [Keeper(one, board, self.layout.log(one.name), backoff=self.backoff) for one in programs]
        self._stages.append(stage)
        for keeper in stage:
            group.create_task(keeper.keep())
        for keeper in stage:
            await keeper.ready.wait()

    async def _create_topics(self, environment: Mapping[str, str]) -> None:
        with self.layout.log("topics").open("wb") as output:
            status = await run_to_end(self.topics, {**os.environ, **environment}, output)
        if status != 0:
            raise TopicsFailed

    def _write_env(self, environment: Mapping[str, str], aik: Sequence[Program]) -> None:
        told = processes.for_commands(environment, self.layout, aik)
        files.replace(self.layout.env, "".join(f"{name}={value}\n" for name, value in told.items()), private=True)


async def _wait_for(told: asyncio.Event) -> None:
    await told.wait()
    raise _Told


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """The system gives the lock back when we die, however."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning from error
        yield
