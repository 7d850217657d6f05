"""The life of a service's process: its parts run together, and end together on SIGTERM or when one breaks."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Literal, Protocol

import structlog
from aik_events.log import LogUnavailable

from aik_service.database import OUTAGES

log = structlog.get_logger()
PAUSE_S = 1.0
CLEANUP_S = 10.0
"""Longer than what every service has needs once it is cancelled: requests in flight 8 s, leaving a group of Kafka 5 s.
"""

Part = Callable[[], Awaitable[object]]
Prepare = Callable[[], Awaitable[None]]


class Stoppable(Protocol):
    """Runs until it is stopped, and then ends by itself when what it has at hand is done."""

    async def run(self) -> None: ...
    def stop(self) -> None: ...


async def run_together(
    parts: Mapping[str, Part],
    workers: Mapping[str, Stoppable] | None = None,
    *,
    ops: Part | None = None,
    prepare: Prepare | None = None,
    grace_s: float = 0,
    cleanup_s: float = CLEANUP_S,
) -> None:
    """Returns after SIGTERM or SIGINT, with every part cancelled and ended; raises what broke a part.

    `ops` runs from the first moment on, everything else when `prepare`, which waits for its servers, is done. Workers
    are stopped first and have `grace_s` to end, while all other parts go on. A part that has not ended `cleanup_s`
    after it was cancelled is cancelled again.
    """
    told = _told_to_end()
    prepared = asyncio.ensure_future(patiently(prepare or _nothing))

    async def after(part: Part) -> object:
        await asyncio.shield(prepared)
        return await part()

    workers = workers or {}
    working: dict[asyncio.Future[Any], str] = {
        asyncio.create_task(after(worker.run)): name for name, worker in workers.items()
    }
    running: dict[asyncio.Future[Any], str] = {asyncio.create_task(after(p)): name for name, p in parts.items()}
    running |= working
    if ops is not None:
        running[asyncio.create_task(_awaited(ops))] = "ops"
    everything: list[asyncio.Future[Any]] = [*running, told]
    done, _ = await asyncio.wait(everything, return_when=asyncio.FIRST_COMPLETED)
    for worker in workers.values():
        worker.stop()
    if working and told in done and prepared.done():
        await asyncio.wait(working, timeout=grace_s)
    await _ended(working, cleanup_s)
    await _ended([*running, told, prepared], cleanup_s)
    for task in running:
        if task in done or (not task.cancelled() and task.exception() is not None):
            log.error("a part of the process ended", part=running[task], error=repr(task.exception()))
            task.result()


async def _nothing() -> None:
    return


async def _awaited(part: Part) -> object:
    return await part()


def _told_to_end() -> "asyncio.Future[Literal[True]]":
    told = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, told.set)
    return asyncio.ensure_future(told.wait())


async def patiently(prepare: Prepare) -> None:
    """Prepares what needs servers, as often as it takes them to answer."""
    while True:
        try:
            return await prepare()
        except (LogUnavailable, *OUTAGES) as error:
            log.warning("this process waits for its servers", error=str(error))
            await asyncio.sleep(PAUSE_S)


async def _ended(tasks: Iterable["asyncio.Future[Any]"], cleanup_s: float) -> None:
    """A cancellation may be lost: on Python 3.11 in a wait_for, which drivers use, that has its answer that moment."""
    everything = left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=cleanup_s)
        if left:
            log.warning("parts of the process are cancelled again", parts=sorted(map(repr, left)))
    await asyncio.gather(*everything, return_exceptions=True)
