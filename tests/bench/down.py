"""A server that is held down: dead, or hung with everything that it has started."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
from aik_local.state import ProcessState, load
from aik_local.testing import Suite

from tests.bench.suite import supervisor_pid

POLL_S = 0.05
WITHIN_S = 120.0


@asynccontextmanager
async def dead(suite: Suite, server: str) -> AsyncIterator[None]:
    """Stopped as the supervisor would stop it; who connects is refused.

    The supervisor itself is paused meanwhile, or it would start the server again. Ends when the server is ready.
    """
    supervisor, before = psutil.Process(supervisor_pid(suite)), _state(suite, server)
    assert before.identity is not None
    process = psutil.Process(before.identity.pid)
    supervisor.suspend()
    try:
        process.send_signal(before.stop_signal)
        await _until_gone(process, before.grace_s)
        yield
    finally:
        supervisor.resume()
    async with asyncio.timeout(WITHIN_S):
        while (now := _state(suite, server)).condition != "ready" or now.identity == before.identity:
            await asyncio.sleep(POLL_S)


@asynccontextmanager
async def hung(suite: Suite, server: str) -> AsyncIterator[None]:
    """Paused: connections open, and nobody answers. Ends when it goes on."""
    identity = _state(suite, server).identity
    assert identity is not None
    process = psutil.Process(identity.pid)
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for member in family:
            member.send_signal(signal.SIGCONT)


async def _until_gone(process: psutil.Process, grace_s: float) -> None:
    """It stays a zombie while the supervisor is paused."""
    try:
        async with asyncio.timeout(grace_s):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        process.kill()


def _state(suite: Suite, server: str) -> ProcessState:
    return next(one for one in load(suite.layout.state).processes if one.name == server)
