"""The parent's side: starts the child when there is work, keeps it warm, kills it when it must stop."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aik_service.engine_process import messages
from aik_service.step import EngineIdentity, StepInput, StepOutput

SILENT = {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
"""Engines tell nobody what they do, and fetch nothing: onnxruntime reports to its maker unless it is told not to."""
LINE_LIMIT = 16 * 1024 * 1024


SECRET = {
    *("AIK_POSTGRES", "AIK_S3_ACCESS_KEY", "AIK_S3_SECRET_KEY", "AIK_SECRET_KEY"),
    *("AIK_KAFKA_USERNAME", "AIK_KAFKA_PASSWORD", "AIK_KAFKA_CERT", "AIK_KAFKA_KEY"),
}
"""What native decoders of strangers' files need not know."""


class EngineFailed(Exception):
    """The engine broke or its process died: worth another attempt. Its message is for clients, `log` for operators."""

    code = "engine-failed"

    def __init__(self, detail: str, log: str | None = None) -> None:
        super().__init__(detail)
        self.log = log or detail


class OutOfMemory(EngineFailed):
    """The engine's process needed more memory than there is: give it more, or let fewer run at a time."""

    code = "out-of-memory"


class EngineProcess:
    """One child with one engine at a time, used by one caller at a time; cancelling a call kills the child.

    Engines are `module:attribute`. When another one is asked for, the child ends first, and its memory is back.
    """

    def __init__(self, handler: str, *, idle_s: float) -> None:
        self._handler = handler
        self._idle_s = idle_s
        self._child: Process | None = None
        self._engine: str | None = None
        self._identities: dict[str, EngineIdentity] = {}
        self._idle: asyncio.TimerHandle | None = None

    async def identity(self, engine: str) -> EngineIdentity:
        """Asked of each engine's child once; it can't change while this process runs."""
        if engine not in self._identities:
            answer = await self._ask(engine, messages.IDENTIFY, lambda share: None)
            self._identities[engine] = EngineIdentity(**answer["identity"])
        return self._identities[engine]

    async def handle(self, engine: str, step: StepInput, progress: Callable[[float], None]) -> StepOutput:
        """Raises BadInput for what the handler refuses, EngineFailed for everything else."""
        answer = await self._ask(engine, messages.ask_handle(step), progress)
        if answer["tell"] == "bad-input":
            raise messages.bad_input_of(answer)
        return messages.output_of(answer)

    async def _ask(self, engine: str, message: dict[str, Any], progress: Callable[[float], None]) -> dict[str, Any]:
        if self._idle is not None:
            self._idle.cancel()
        try:
            child = await self._started(engine)
            answer = await _conversation(child, message, progress)
        except BaseException:
            await self.kill()
            raise
        self._idle = asyncio.get_running_loop().call_later(self._idle_s, self._unload)
        if answer["tell"] == "failed":
            raise (OutOfMemory if answer["code"] == OutOfMemory.code else EngineFailed)(answer["detail"], answer["log"])
        return answer

    async def _started(self, engine: str) -> Process:
        if self._engine != engine:
            await self.kill()
        if self._child is None or self._child.returncode is not None:
            command = (sys.executable, "-m", "aik_service.engine_process.child", self._handler, engine)
            self._child = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, limit=LINE_LIMIT, env=environment()
            )
            self._engine = engine
        return self._child

    def _unload(self) -> None:
        """The warm model goes after a time without work; the next call starts a child again."""
        child = self._child
        self._child = None
        if child is not None and child.returncode is None:
            child.kill()

    async def kill(self) -> None:
        child = self._child
        self._child = None
        if child is not None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()


async def _conversation(child: Process, message: dict[str, Any], progress: Callable[[float], None]) -> dict[str, Any]:
    """One question, and the answer after any number of words about progress."""
    if child.stdin is None or child.stdout is None:
        raise AssertionError("the child was started without pipes")
    try:
        child.stdin.write(json.dumps(message).encode() + b"\n")
        await child.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as error:
        raise EngineFailed("the engine's process is gone") from error
    while line := await child.stdout.readline():
        answer: dict[str, Any] = json.loads(line)
        if answer["tell"] != "progress":
            return answer
        progress(answer["share"])
    status = await child.wait()
    if status == -signal.SIGKILL:  # Not by us: then nobody would be listening here.
        raise OutOfMemory("the engine's process was killed, as the system does when memory runs out")
    raise EngineFailed(f"the engine's process ended with {status}")


def environment() -> dict[str, str]:
    """Ours, as an engine is given it."""
    return {name: value for name, value in os.environ.items() if name not in SECRET} | SILENT
