"""One aggregate's records, from the beginning of the log up to where it ends now."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner

from aik_events.envelope import Partition, Record
from aik_events.log.kafka import BATCH, POLL_MS, record_of
from aik_events.log.port import LogUnavailable

PATIENCE_MS = 5_000


async def history_of(servers: str, topic: str, key: str) -> list[Record]:
    """All records of this key in their order; reads only the partition that the key belongs to."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=servers, max_poll_records=BATCH, request_timeout_ms=PATIENCE_MS
    )
    try:
        await consumer.start()
        numbers = sorted(consumer.partitions_for_topic(topic) or ())
        if not numbers:
            raise LogUnavailable(f"{topic}: no such topic; `aik-events topics create` makes it")
        tp = TopicPartition(topic, DefaultPartitioner()(key.encode(), numbers, numbers))
        consumer.unsubscribe()
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        end = (await consumer.end_offsets([tp]))[tp]
        found: list[Record] = []
        while await consumer.position(tp) < end:
            records = (await consumer.getmany(tp, timeout_ms=POLL_MS)).get(tp, [])
            found += [record_of(Partition(*tp), r) for r in records if r.key == key.encode() and r.offset < end]
        return found
    except KafkaError as error:
        raise LogUnavailable(repr(error)) from error
    finally:
        await consumer.stop()
