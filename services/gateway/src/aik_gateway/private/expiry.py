"""What the private schema has kept long enough is removed, by any api process, now and then."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aik_service.database import OUTAGES

log = structlog.get_logger()

EVERY_S = 600.0

Removal = Callable[[], Awaitable[int]]


async def remove_expired(removals: Sequence[Removal]) -> None:
    """For ever; each removes a bounded number of rows at a time, and is asked again until there are none."""
    while True:
        try:
            for removal in removals:
                while await removal():
                    pass
        except OUTAGES as error:
            log.warning("nothing can be removed now", error=str(error))
        await asyncio.sleep(EVERY_S)
