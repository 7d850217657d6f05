"""How far the groups of Kafka are behind: what they have committed, against where the log ends."""

from collections.abc import Collection
from time import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from aik_events.log.admin import committed_offsets
from aik_events.log.connection import Servers
from aik_events.log.scan import PATIENCE_MS, consuming
from aik_events.telling.lag import Lag


async def lags(servers: Servers, topics: Collection[str]) -> list[Lag]:
    """Of every group and partition of these topics that something was committed of."""
    committed = await committed_offsets(servers, topics)
    if not committed:
        return []
    async with consuming(servers) as consumer:
        tps = sorted({TopicPartition(p.topic, p.number) for _, p in committed})
        consumer.assign(tps)
        begins, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
        found: list[Lag] = []
        for (group, partition), offset in sorted(committed.items(), key=lambda item: (item[0][0], str(item[0][1]))):
            tp = TopicPartition(partition.topic, partition.number)
            next_ = max(offset, begins[tp])
            seconds = await _age_s(consumer, tp, next_) if next_ < ends[tp] else 0.0
            found.append(
                Lag(group=group, topic=tp.topic, partition=tp.partition, next=next_, end=ends[tp], seconds=seconds)
            )
        return found


async def _age_s(consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int) -> float:
    """How long ago the record was appended that this group reads next."""
    consumer.seek(tp, offset)
    records = (await consumer.getmany(tp, timeout_ms=PATIENCE_MS, max_records=1)).get(tp, [])
    return max(0.0, time() - records[0].timestamp / 1000) if records else 0.0
