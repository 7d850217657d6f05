"""The life of a service's process: its parts run together, and end together on SIGTERM or when one breaks."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping

import structlog

log = structlog.get_logger()


async def run_together(parts: Mapping[str, Callable[[], Awaitable[object]]]) -> None:
    """Returns after SIGTERM or SIGINT, with every part cancelled and ended; raises what broke a part."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    running = {asyncio.ensure_future(part()): name for name, part in parts.items()}
    stopping = asyncio.ensure_future(stop.wait())
    done, _ = await asyncio.wait([*running, stopping], return_when=asyncio.FIRST_COMPLETED)
    for task in (*running, stopping):
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    for task in done - {stopping}:
        log.error("a part of the process ended", part=running[task], error=repr(task.exception()))
        task.result()
