"""Holding a lease: renewed while the work goes on, and the work stopped when it can't be renewed."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, TypeVar

import structlog

from aik_service.database import OUTAGES

log = structlog.get_logger()
T = TypeVar("T")
LeaseT = TypeVar("LeaseT", contravariant=True)


class Renewer(Protocol[LeaseT]):
    """False means that the lease is lost for good."""

    async def renew(self, lease: LeaseT) -> bool: ...


class LeaseLost(Exception):
    """Another worker has the task now, or nobody wants it any more: whatever was computed is let go."""


async def while_held(
    work: Coroutine[Any, Any, T],
    lease: LeaseT,
    leases: Renewer[LeaseT],
    *,
    lease_s: float,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """The work's result. Renews three times per lease; a lost lease cancels the work and raises LeaseLost.

    `wait` may end early, when something makes it likely that the lease is lost. While Postgres is away nobody can take
    the task either, until the lease has run out.
    """
    working = asyncio.create_task(work)
    renewing = asyncio.create_task(_renew_until_lost(lease, leases, lease_s, wait))
    try:
        await asyncio.wait((working, renewing), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise LeaseLost from renewing.exception()
        return working.result()
    finally:
        working.cancel()
        renewing.cancel()
        await asyncio.gather(working, renewing, return_exceptions=True)


async def _renew_until_lost(
    lease: LeaseT, leases: Renewer[LeaseT], lease_s: float, wait: Callable[[float], Awaitable[None]]
) -> None:
    """Returns when the lease is lost: refused, or not renewed within its time, however that came about."""
    loop = asyncio.get_running_loop()
    renewed = loop.time()
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout_at(renewed + lease_s):
                await wait(lease_s / 3)
                asked = loop.time()
                try:
                    if not await leases.renew(lease):
                        return
                    renewed = asked
                except OUTAGES as error:
                    log.warning("the lease could not be renewed", error=str(error))
