"""A reader that ends leaves its group, however long Kafka takes to hear of it."""

import asyncio

import pytest
from aik_events.log.kafka import stopped


class SlowConsumer:
    """Has left when it is let go."""

    def __init__(self) -> None:
        self.let_go = asyncio.Event()
        self.has_left = asyncio.Event()

    async def stop(self) -> None:
        await self.let_go.wait()
        self.has_left.set()


@pytest.mark.parametrize("is_canceled", [False, True])
async def test_what_takes_longer_than_the_reader_waits_goes_on_in_the_background(is_canceled: bool) -> None:
    consumer, stopping = SlowConsumer(), set[asyncio.Task[None]]()
    leaving = asyncio.create_task(stopped(consumer, stopping, patience_s=60 if is_canceled else 0.01))
    await asyncio.sleep(0)
    if is_canceled:
        leaving.cancel()
    await asyncio.wait({leaving})
    assert not consumer.has_left.is_set()
    assert len(stopping) == 1
    consumer.let_go.set()
    async with asyncio.timeout(5):
        await consumer.has_left.wait()
        while stopping:
            await asyncio.sleep(0)


async def test_a_reader_that_leaves_at_once_is_waited_for() -> None:
    consumer, stopping = SlowConsumer(), set[asyncio.Task[None]]()
    consumer.let_go.set()
    await stopped(consumer, stopping)
    assert consumer.has_left.is_set()
