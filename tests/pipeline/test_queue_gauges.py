"""The length of a queue, as whoever scales the service sees it."""

from aik_service.queue_gauges import QueueGauges

from tests.pipeline.stack import Stack
from tests.pipeline.test_inbox import tasks, until_tasks


async def test_a_task_is_counted_where_it_is(stack: Stack) -> None:
    gauges, queue = QueueGauges(stack.database, "separate"), stack.queue()
    assert await gauges.count() == {"waiting": 0, "delayed": 0, "leased": 0, "parked": 0}
    async with stack.folding():
        await until_tasks(stack, *[await stack.import_song("la") for _ in range(4)])
    parked, delayed, leased = [await queue.take() for _ in range(3)]
    assert parked
    assert delayed
    assert leased
    await queue.park(parked)
    await queue.give_back(delayed, after_s=60)
    assert await gauges.count() == {"waiting": 1, "delayed": 1, "leased": 1, "parked": 1}


async def test_the_oldest_task_that_waits_grows_older_until_it_is_taken(stack: Stack) -> None:
    now_s = 1_000.0
    gauges = QueueGauges(stack.database, "separate", clock=lambda: now_s)
    ages = [await gauges.oldest_s()]
    async with stack.folding():
        await until_tasks(stack, await stack.import_song("la"))
        ages.append(await gauges.oldest_s())
        now_s += 60
        await until_tasks(stack, await stack.import_song("la", client="other"), *await tasks(stack))
        ages.append(await gauges.oldest_s())
        now_s += 5
        for _ in range(2):
            await stack.queue().take()
            ages.append(await gauges.oldest_s())
    assert ages == [0, 0, 60, 5, 0]
