"""Readiness: every dependency is named, and none is waited for longer than 1.5 s."""

import asyncio
import time

from aik_service.health import readiness


async def fine() -> None:
    return


async def broken() -> None:
    raise ConnectionError("refused")


async def silent() -> None:
    await asyncio.Event().wait()


async def test_every_dependency_says_how_it_is() -> None:
    assert await readiness({"kafka": fine, "s3": broken}) == {"kafka": "ok", "s3": "ConnectionError: refused"}


async def test_dependencies_that_never_answer_are_given_up_together() -> None:
    started = time.monotonic()
    found = await readiness({"kafka": silent, "postgres": silent, "s3": silent})
    assert time.monotonic() - started < 3
    assert set(found.values()) == {"no answer within 1.5 s"}


async def test_a_dependency_that_cannot_even_be_given_up_keeps_nobody_waiting() -> None:
    released = asyncio.Event()

    async def clinging() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await released.wait()

    started = time.monotonic()
    assert await readiness({"postgres": clinging}) == {"postgres": "no answer within 1.5 s"}
    assert time.monotonic() - started < 3
    released.set()
