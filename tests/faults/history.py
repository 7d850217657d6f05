"""The whole log of tracks, read once from its beginning."""

from collections.abc import Mapping, Sequence

from aik_events.envelope import Partition, Record, decode
from aik_events.event import Event
from aik_events.log import Log
from aik_events.topics import TRACKS


async def read_tracks(log: Log) -> Sequence[Event]:
    """The events of every track; those of one track are in the order of the log."""
    return [decode(record) for record in await records_of(log, TRACKS)]


async def records_of(log: Log, topic: str) -> Sequence[Record]:
    """Those that the topic has now, partition by partition in their order."""
    left = {partition: end for partition, end in (await log.ends([topic])).items() if end > 0}
    records: list[Record] = []

    async def beginning(partitions: Sequence[Partition]) -> Mapping[Partition, int]:
        return dict.fromkeys(partitions, 0)

    if not left:
        return records
    async with log.read([topic], group=None, start=beginning) as reader:
        async for batch in reader:
            records += batch.records
            if batch.next >= left.get(batch.partition, batch.next + 1):
                del left[batch.partition]
            if not left:
                return records
    return records
