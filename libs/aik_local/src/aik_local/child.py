"""Starting and ending one program."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from aik_local.processes import environment
from aik_local.program import Program

GRACE_S = 2.0


async def spawn(program: Program, log: Path) -> asyncio.subprocess.Process:
    """In a session of its own, so that Ctrl-C in a terminal reaches only the supervisor; output goes to the log."""
    account = program.account
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *program.command,
            env=environment(program),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=log.parent,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


async def run_to_end(command: Sequence[str], env: Mapping[str, str], output: BinaryIO | None = None) -> int:
    """The exit status; output goes where ours goes without a file. Ended when the caller is canceled."""
    process = await asyncio.create_subprocess_exec(
        *command, env=env, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
    )
    try:
        return await process.wait()
    finally:
        await end(process, signal.SIGTERM, GRACE_S)


async def end(process: asyncio.subprocess.Process, stop_signal: signal.Signals, grace_s: float) -> None:
    """Asks, waits, then kills; whatever it started in its session is killed too."""
    with suppress(ProcessLookupError):
        process.send_signal(stop_signal)
    with suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), grace_s)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
