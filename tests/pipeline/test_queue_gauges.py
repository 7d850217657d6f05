"""The length of a queue, as whoever scales the service sees it."""

from aik_service.queue_gauges import QueueGauges

from tests.pipeline.stack import Stack
from tests.pipeline.test_inbox import until_tasks


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
