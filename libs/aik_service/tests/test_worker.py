"""The worker's loop: one thing at a time, until it is told to stop."""

import asyncio

from aik_service.worker import Worker


class Numbers:
    """One number after the other, then nothing."""

    def __init__(self, *numbers: int) -> None:
        self._left = list(numbers)

    async def take(self) -> int | None:
        return self._left.pop(0) if self._left else None


async def for_ever(seconds: float) -> None:
    await asyncio.Event().wait()


async def test_it_works_through_what_there_is_and_stops_at_once_when_it_is_idle() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        done.append(number)

    worker = Worker(Numbers(1, 2, 3), work, wait=for_ever, poll_s=1)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(5):
        while len(done) < 3:
            await asyncio.sleep(0)
        worker.stop()
        await running
    assert done == [1, 2, 3]


async def test_told_to_stop_it_finishes_what_it_has_and_takes_nothing_more() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        worker.stop()
        await asyncio.sleep(0)
        done.append(number)

    worker = Worker(Numbers(1, 2), work, wait=for_ever, poll_s=1)
    await asyncio.wait_for(worker.run(), 5)
    assert done == [1]


async def test_cancelled_while_idle_it_leaves_nothing_running() -> None:
    waits: list[asyncio.Task[None] | None] = []

    async def wait(seconds: float) -> None:
        waits.append(asyncio.current_task())
        await for_ever(seconds)

    async def work(number: int) -> None:
        raise AssertionError

    running = asyncio.create_task(Worker(Numbers(), work, wait=wait, poll_s=1).run())
    async with asyncio.timeout(5):
        while not waits:
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    await asyncio.sleep(0)
    assert [wait is not None and wait.cancelled() for wait in waits] == [True]
