"""What is done to Kafka itself: its topics created, its identity asked for."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from aik_events.envelope import Partition
from aik_events.log.connection import Servers, connection
from aik_events.log.port import LogUnavailable
from aik_events.log.refusal import why
from aik_events.topics import TOPICS, Topic

ALREADY_EXISTS = 36


class TopicDiffers(Exception):
    """The topic was made by somebody else, with an order of its own: remove it, or point AIK at another cluster."""

    code = "topic-differs"


@asynccontextmanager
async def _admin(servers: Servers) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**connection(servers))
    try:
        await admin.start()
        yield admin
    except KafkaError as error:
        raise LogUnavailable(await why(servers, error)) from error
    finally:
        await admin.close()


async def create_topics(servers: Servers, *, replication: int) -> list[Topic]:
    """Creates the topics that aren't there yet and returns them; safe to do twice.

    Raises TopicDiffers when one is there with another number of partitions.
    """
    # One copy may be away: an append is acknowledged by all the others.
    copies = {"min.insync.replicas": str(max(1, replication - 1))}
    wanted = [NewTopic(t.name, t.partitions, replication, topic_configs={**t.config, **copies}) for t in TOPICS]
    async with _admin(servers) as admin:
        answer = await admin.create_topics(wanted)
        found = {row["topic"]: len(row["partitions"]) for row in await admin.describe_topics([t.name for t in TOPICS])}
    for topic in TOPICS:
        if found[topic.name] not in (0, topic.partitions):
            raise TopicDiffers(f"{topic.name} has {found[topic.name]} partitions, and must have {topic.partitions}")
    codes = {row[0]: row[1] for row in answer.topic_errors}
    for name, code in codes.items():
        if code not in (0, ALREADY_EXISTS):
            raise LogUnavailable(f"topic {name}: {for_code(code).__name__}")
    return [topic for topic in TOPICS if codes[topic.name] == 0]


async def partition_counts(servers: Servers, topics: Collection[str]) -> dict[str, int]:
    """How many partitions each of these topics has. Raises LogUnavailable for one that isn't there, and makes none."""
    async with _admin(servers) as admin:
        missing = sorted(set(topics) - set(await admin.list_topics()))
        if missing:
            raise LogUnavailable(f"{', '.join(missing)}: no such topic; `aik-events topics create` makes it")
        return {row["topic"]: len(row["partitions"]) for row in await admin.describe_topics(list(topics))}


async def committed_offsets(servers: Servers, topics: Collection[str]) -> dict[tuple[str, Partition], int]:
    """By group and partition of these topics: the offset that the group reads next, as it has committed."""
    found: dict[tuple[str, Partition], int] = {}
    async with _admin(servers) as admin:
        for group, *_ in await admin.list_consumer_groups():
            for tp, committed in (await admin.list_consumer_group_offsets(group)).items():
                if tp.topic in topics and committed.offset >= 0:
                    found[group, Partition(tp.topic, tp.partition)] = committed.offset
    return found


async def cluster_id(servers: Servers) -> str:
    async with _admin(servers) as admin:
        return str((await admin.describe_cluster())["cluster_id"])
