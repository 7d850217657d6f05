"""One aggregate's records, from the beginning of the log up to where it ends now."""

from aiokafka.partitioner import DefaultPartitioner

from aik_events.envelope import Partition, Record
from aik_events.log.admin import partition_counts
from aik_events.log.connection import Servers
from aik_events.log.scan import scan


async def history_of(servers: Servers, topic: str, key: str) -> list[Record]:
    """All records of this key in their order; reads only the partition that the key belongs to."""
    partition = await partition_of(servers, topic, key)
    return [record.record async for record in scan(servers, [partition]) if record.key == key.encode()]


async def partition_of(servers: Servers, topic: str, key: str) -> Partition:
    """Where every producer of ours puts a record of this key."""
    numbers = list(range((await partition_counts(servers, [topic]))[topic]))
    return Partition(topic, DefaultPartitioner()(key.encode(), numbers, numbers))
