"""The whole log of tracks, read once from its beginning."""

from collections.abc import Mapping, Sequence

from aik_events.envelope import Partition, decode
from aik_events.event import Event
from aik_events.log import Log
from aik_events.topics import TRACKS


async def read_tracks(log: Log) -> Sequence[Event]:
    """The events of every track; those of one track are in the order of the log."""
    left = {partition: end for partition, end in (await log.ends([TRACKS])).items() if end > 0}
    events: list[Event] = []

    async def beginning(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        return dict.fromkeys(partitions, 0)

    if not left:
        return events
    async with log.read([TRACKS], group=None, start=beginning) as reader:
        async for batch in reader:
            events += [decode(record) for record in batch.records]
            if batch.next >= left.get(batch.partition, batch.next + 1):
                del left[batch.partition]
            if not left:
                return events
    return events
