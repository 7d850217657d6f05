"""The dispatcher: many deliveries at a time, and none that waits for another one's host."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from aik_notifier.dispatcher import Dispatcher
from aik_notifier.queue import DeliveryLease
from aik_notifier.room import Room, Standing
from aik_notifier.testing.memory_queue import MemoryQueue
from sqlalchemy.exc import OperationalError

LEASE = DeliveryLease(
    key=("dlv",),
    id=UUID(int=1),
    attempt=0,
    delivery_id="dlv",
    endpoint_id="end",
    client_id="cli",
    url="https://hooks.example.com",
    host="hooks.example.com",
    kind="track.ready",
    track_id="trk_1",
    opened_by="evt",
    traceparent=None,
    body="{}",
)
LONG_S = 60.0


def due(host: str, count: int = 1, standing: Standing = Standing.HEALTHY) -> list[DeliveryLease]:
    return [replace(LEASE, delivery_id=f"{host} {n}", host=host, standing=standing) for n in range(count)]


class Hanging:
    """Work that goes on for ever at these hosts, and ends at once at others."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = hosts
        self.begun: list[str] = []
        self.released = asyncio.Event()

    async def work(self, lease: DeliveryLease) -> None:
        self.begun.append(lease.delivery_id)
        if lease.host in self.hosts:
            await self.released.wait()

    async def until_begun(self, count: int) -> Sequence[str]:
        async with asyncio.timeout(5):
            while len(self.begun) < count:
                await asyncio.sleep(0.001)
        return self.begun


@asynccontextmanager
async def dispatching(queue: MemoryQueue, work: Hanging, room: Room) -> AsyncIterator[Dispatcher]:
    dispatcher = Dispatcher(queue, work.work, room=room, wait=asyncio.sleep, poll_s=LONG_S)
    running = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        dispatcher.stop()
        work.released.set()
        async with asyncio.timeout(5):
            await running


async def test_a_host_that_hangs_holds_up_no_other() -> None:
    queue = MemoryQueue([*due("hangs", 50), *due("fine", 50)])
    work = Hanging("hangs")
    async with dispatching(queue, work, Room(senders=8, per_host=2)):
        begun = await work.until_begun(52)
    assert sorted(begun)[:50] == sorted(lease.delivery_id for lease in due("fine", 50))


async def test_a_hundred_failing_hosts_hold_up_no_healthy_one() -> None:
    failing = [f"failing {n}" for n in range(100)]
    queue = MemoryQueue([lease for host in failing for lease in due(host, 1, Standing.FAILING)] + due("fine", 20))
    work = Hanging(*failing)
    async with dispatching(queue, work, Room(senders=8, per_host=4)):
        begun = await work.until_begun(22)
    assert sum(name.startswith("fine") for name in begun) == 20


@pytest.mark.parametrize("standing", Standing)
async def test_a_share_that_is_used_up_is_given_on_as_soon_as_a_sender_is_free(standing: Standing) -> None:
    """Not only when the queue is looked at again."""
    work = Hanging()
    async with dispatching(MemoryQueue(due("fine", 50, standing)), work, Room(senders=4, per_host=4)):
        await work.until_begun(50)


async def test_all_free_senders_are_given_work_in_one_take() -> None:
    queue, work = MemoryQueue(due("fine", 8)), Hanging("fine")
    async with dispatching(queue, work, Room(senders=8, per_host=8)):
        await work.until_begun(8)
        assert queue.takes == 1


async def test_told_to_stop_it_takes_nothing_more_and_ends_with_what_is_at_hand() -> None:
    queue, work = MemoryQueue(due("hangs", 3)), Hanging("hangs")
    async with dispatching(queue, work, Room(senders=1, per_host=1)) as dispatcher:
        await work.until_begun(1)
        dispatcher.stop()
    assert (len(work.begun), len(queue.waiting)) == (1, 2)


async def test_what_breaks_the_work_ends_the_dispatcher() -> None:
    async def broken(lease: DeliveryLease) -> None:
        raise RecursionError("unthinkable")

    queue = MemoryQueue(due("fine"))
    dispatcher = Dispatcher(queue, broken, room=Room(1, 1), wait=asyncio.sleep, poll_s=LONG_S)
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(dispatcher.run(), 5)


class Away(MemoryQueue):
    """Postgres is away at the first take."""

    async def take(self, room: Room) -> Sequence[DeliveryLease]:
        if not self.takes:
            self.takes = 1
            raise OperationalError("SELECT", {}, Exception("Postgres is away"))
        return await super().take(room)


async def test_an_outage_of_the_queue_is_waited_out() -> None:
    work, room = Hanging(), Room(senders=1, per_host=1)
    dispatcher = Dispatcher(Away(due("fine")), work.work, room=room, wait=asyncio.sleep, poll_s=0.01)
    running = asyncio.create_task(dispatcher.run())
    await work.until_begun(1)
    dispatcher.stop()
    await running
