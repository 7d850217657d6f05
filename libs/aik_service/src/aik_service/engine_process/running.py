"""A child that runs: started with its engine, spoken to, listened to until it has ended."""

import asyncio
import json
import os
import sys
from asyncio.streams import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import structlog
from aik_events.environment import SECRETS

log = structlog.get_logger()
SILENT = {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
"""Engines tell nobody what they do, and fetch nothing: onnxruntime reports to its maker unless it is told not to."""
LINE_LIMIT = 16 * 1024 * 1024
REST = 1024 * 1024
SECRET = {
    *("AIK_POSTGRES", "AIK_S3_ACCESS_KEY", "AIK_S3_SECRET_KEY", SECRETS),
    *("AIK_SECRET_KEY", "AIK_SECRET_KEY_OTHER"),
    *("AIK_KAFKA_USERNAME", "AIK_KAFKA_PASSWORD", "AIK_KAFKA_CERT", "AIK_KAFKA_KEY"),
    *(f"OTEL_EXPORTER_OTLP_{kind}HEADERS" for kind in ("", "TRACES_", "METRICS_", "LOGS_")),
}
"""What native decoders of strangers' files need not know: secrets, and where they are.

That is all that is kept from the child. It is the same user as its parent, and so may read the files of that folder,
whose path it can guess, and what the system shows of the parent, `/proc/<pid>/environ` and its memory among it.
"""

Heard = Callable[[dict[str, Any]], None]


class Ended(Protocol):
    """Called once, when the child is gone: with its exit status, and whether it was ended by us.

    The status is None when it was killed since it said what can't be read.
    """

    def __call__(self, status: int | None, /, *, by_us: bool) -> None: ...


class RunningChild:
    """`heard` gets its messages in order, before `ended` is called."""

    def __init__(self, process: Process, heard: Heard, ended: Ended) -> None:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the child was started without pipes")
        self._process = process
        self._stdin: StreamWriter = process.stdin
        self._stdout: StreamReader = process.stdout
        self._heard = heard
        self._ended = ended
        self._is_ended_by_us = False
        self._listening = asyncio.create_task(self._listen())

    def say(self, message: dict[str, Any]) -> None:
        """Not waited for: messages are small. One that is dead already doesn't hear it, and its end is heard of."""
        self._stdin.write(json.dumps(message).encode() + b"\n")

    async def end(self) -> None:
        """Returns when it is gone, and its memory is back."""
        self._is_ended_by_us = True
        self._kill()
        await asyncio.wait({self._listening})

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._stdin.close()  # asyncio waits for the pipe's end too, and what the child has started may hold that.

    async def _listen(self) -> None:
        is_readable = False
        try:
            is_readable = await self._is_heard_out()
        finally:
            if not is_readable:  # Else it ends by itself: a signal then may cost its exit status.
                self._kill()
            status = await self._gone()
            self._ended(status if is_readable else None, by_us=self._is_ended_by_us)

    async def _is_heard_out(self) -> bool:
        """False when something can't be read: nothing that comes behind it is believed."""
        try:
            while line := await self._stdout.readline():
                self._heard(json.loads(line))
        except (ValueError, KeyError, TypeError):  # Too long, no JSON, or no message.
            log.exception("an engine's process says what can't be read, and is killed")
            return False
        return True

    async def _gone(self) -> int:
        """Its exit status, when it is gone and its memory is back."""
        while await self._stdout.read(REST):  # Else its end is not noticed.
            pass
        status = await self._process.wait()
        self._stdin.close()
        return status


async def started(handler: str, engine: str, heard: Heard, ended: Ended) -> RunningChild:
    """Raises OSError when the system starts no process."""
    command = (sys.executable, "-m", "aik_service.engine_process.child", handler, engine)
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, limit=LINE_LIMIT, env=environment()
    )
    return RunningChild(process, heard, ended)


def environment() -> dict[str, str]:
    """Ours, as an engine is given it."""
    return {name: value for name, value in os.environ.items() if name not in SECRET} | SILENT
