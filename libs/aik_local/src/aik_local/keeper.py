"""Keeps one program running: starts it, says when it is ready, and starts it again when it dies."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from aik_local.backoff import Backoff
from aik_local.child import end, spawn
from aik_local.logs import turn
from aik_local.program import Program
from aik_local.state import Board, Condition, Identity, ProcessState

log = logging.getLogger(__name__)
PROBE_EVERY_S = 0.1


@dataclass
class Keeper:
    """`ready` is set at the first time that the program is ready, and stays set when it dies later."""

    program: Program
    board: Board
    log_file: Path
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    backoff: Backoff = field(default_factory=Backoff)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    _process: asyncio.subprocess.Process | None = None
    _identity: Identity | None = None
    _restarts: int = 0

    def __post_init__(self) -> None:
        turn(self.log_file)
        program = self.program
        self.board.add(ProcessState(program.name, program.address, int(program.stop_signal), program.grace_s))

    async def keep(self) -> None:
        """Runs until it is canceled; `stop` ends the program afterwards."""
        backoff = self.backoff
        while True:
            started = time.monotonic()
            ending = await self._run_once()
            backoff, wait_s = backoff.died(time.monotonic() - started)
            self._restarts += 1
            log.warning("%s %s and is started again in %g s", self.program.name, ending, wait_s)
            self._tell("restarting")
            await self.sleep(wait_s)

    async def stop(self) -> None:
        if self._process is not None:
            await end(self._process, self.program.stop_signal, self.program.grace_s)
        self._identity = None
        self._tell("stopped")

    async def _run_once(self) -> str:
        """How it ended, in words."""
        try:
            self._process = process = await spawn(self.program, self.log_file)
            self._identity = Identity.of(process.pid)
        except (OSError, psutil.NoSuchProcess) as error:
            return f"could not be started ({error})"
        self._tell("starting")
        watch = asyncio.create_task(self._watch())
        try:
            code = await process.wait()
        finally:
            watch.cancel()
        self._process = self._identity = None
        return f"died (exit {code})"

    async def _watch(self) -> None:
        while not await self._asks():  # noqa: ASYNC110 (asks another process)
            await asyncio.sleep(PROBE_EVERY_S)
        self._tell("ready")
        self.ready.set()

    async def _asks(self) -> bool:
        try:
            return await self.program.ready()
        except OSError:
            return False

    def _tell(self, condition: Condition) -> None:
        self.board.change(self.program.name, condition, self._identity, self._restarts)
