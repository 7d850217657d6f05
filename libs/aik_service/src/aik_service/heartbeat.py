"""Holding a lease: renewed while the work goes on, and the work stopped when it can't be renewed."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

from aik_service.database import OUTAGES

LeaseT = TypeVar("LeaseT", contravariant=True)


class Renewer(Protocol[LeaseT]):
    """False means that the lease is lost for good."""

    async def renew(self, lease: LeaseT) -> bool: ...


class LeaseLost(Exception):
    """Another worker has the task now, or nobody wants it any more: whatever was computed is let go."""


@asynccontextmanager
async def held(lease: LeaseT, leases: Renewer[LeaseT], *, lease_s: float) -> AsyncIterator[None]:
    """Renews three times per lease. A lost lease cancels the body and raises LeaseLost in its place.

    While Postgres is away nobody can take the task either, until the lease has run out.
    """
    body = asyncio.current_task()
    lost = False

    async def renew() -> None:
        nonlocal lost
        renewed = time.monotonic()
        while not lost:
            await asyncio.sleep(lease_s / 3)
            try:
                lost = not await leases.renew(lease)
                renewed = time.monotonic()
            except OUTAGES:
                lost = time.monotonic() - renewed > lease_s
        if body is not None:
            body.cancel()

    renewing = asyncio.create_task(renew())
    try:
        yield
    except asyncio.CancelledError:
        if not lost or body is None:
            raise
        body.uncancel()
        raise LeaseLost from None
    finally:
        renewing.cancel()
