"""A bell that several wait for: each hears what was rung, whoever has heard it before."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aik_service.database import Bell, Database, Ear


class Rung(Database):
    """Says something each time it is told to."""

    def __init__(self) -> None:
        super().__init__("postgresql://127.0.0.1:9/nowhere", "none")
        self.says: asyncio.Queue[list[str]] = asyncio.Queue()

    async def listen(self, channel: str) -> AsyncIterator[list[str]]:
        while True:
            yield await self.says.get()


@pytest.fixture
async def rung() -> Rung:
    return Rung()


async def test_who_was_busy_hears_it_too_and_nobody_twice(rung: Rung) -> None:
    bell = Bell(rung, "tasks")
    quick, busy = bell.ear(), bell.ear()
    running = asyncio.create_task(bell.run())
    rung.says.put_nowait([""])
    async with asyncio.timeout(30):
        await quick(60)
        await busy(60)
    waiting = [asyncio.create_task(ear(60)) for ear in (quick, busy)]
    done, _ = await asyncio.wait(waiting, timeout=0.05)
    assert not done
    rung.says.put_nowait([""])
    async with asyncio.timeout(30):
        await asyncio.gather(*waiting)
    running.cancel()


@pytest.mark.parametrize("steps", range(4))
async def test_one_that_waits_can_be_cancelled_at_the_moment_at_which_it_rings(steps: int) -> None:
    ear = Ear()

    async def waits() -> None:
        while True:
            await ear(60)

    waiting = asyncio.create_task(waits())
    for _ in range(3):
        await asyncio.sleep(0)
    ear.rung.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting], timeout=5)
    assert waiting.cancelled()
