"""Servers are marked as being for tests alone at the first run, so that no others are ever taken for them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from io import BytesIO

import psycopg
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.topics import TOPICS
from aik_gateway.bucket import set_up
from aik_gateway.private.roles import ROLES
from aik_gateway.settings import BucketSettings
from aik_service.objects.s3 import client
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from psycopg.sql import SQL, Identifier

from tests.servers.errors import NotForTests

MARK = "aik-for-tests-alone"
"""A topic, a schema and an object of this name."""
FEW = 3
IN_POSTGRES = """\
SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
UNION SELECT tablename FROM pg_tables WHERE schemaname = 'public'
UNION SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"""


def take_over(told: Mapping[str, str]) -> None:
    """All three are looked at first. Raises NotForTests when one has something in it and no mark."""
    found = {
        "AIK_KAFKA": asyncio.run(in_kafka(told["AIK_KAFKA"])),
        "AIK_POSTGRES": in_postgres(told["AIK_POSTGRES"]),
        "AIK_S3_BUCKET": in_bucket(told),
    }
    refuse_others(found)
    make_ready(told)
    asyncio.run(mark_kafka(told["AIK_KAFKA"]))
    mark_postgres(told["AIK_POSTGRES"])
    mark_bucket(told)


def refuse_others(found: Mapping[str, Sequence[str]]) -> None:
    """By the variable that names a server: what was found in it."""
    for variable, names in found.items():
        if names and MARK not in names:
            raise NotForTests(variable, some(names))


def make_ready(told: Mapping[str, str]) -> None:
    """Makes our topics where they are missing, and the bucket, which browsers of every origin may use."""
    asyncio.run(create_topics(told["AIK_KAFKA"], replication=1))
    set_up(bucket_of(told))


async def in_kafka(address: str) -> Sequence[str]:
    """The mark, and those of our topics that have had records."""
    async with administering(address) as admin:
        there = set(await admin.list_topics())
    ours = [topic.name for topic in TOPICS if topic.name in there]
    log = KafkaLog(address, client_id="tests")
    ends = await log.ends(ours) if ours else {}
    await log.close()
    return sorted({MARK} & there | {partition.topic for partition, end in ends.items() if end})


def in_postgres(url: str) -> Sequence[str]:
    """Schemas, the tables that are in none, and roles of our services."""
    with psycopg.connect(url) as connection:
        return sorted(str(name) for (name,) in connection.execute(IN_POSTGRES, [list(ROLES)]))


def in_bucket(told: Mapping[str, str]) -> Sequence[str]:
    """The mark, or else a few objects."""
    minio, bucket = client(bucket_of(told)), told["AIK_S3_BUCKET"]
    if not minio.bucket_exists(bucket):
        return []
    if [found.object_name for found in minio.list_objects(bucket, prefix=MARK)] == [MARK]:
        return [MARK]
    return [str(found.object_name) for found, _ in zip(minio.list_objects(bucket), range(FEW + 1), strict=False)]


def bucket_of(told: Mapping[str, str]) -> BucketSettings:
    names = ("endpoint", "access_key", "secret_key", "bucket", "region")
    return BucketSettings.model_validate(
        {"cors_origins": "*", **{f"s3_{name}": told[f"AIK_S3_{name.upper()}"] for name in names}}
    )


async def mark_kafka(address: str) -> None:
    async with administering(address) as admin:
        if MARK not in await admin.list_topics():
            await admin.create_topics([NewTopic(MARK, 1, 1)])


def mark_postgres(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(MARK)))


def mark_bucket(told: Mapping[str, str]) -> None:
    client(bucket_of(told)).put_object(told["AIK_S3_BUCKET"], MARK, BytesIO(), 0)


@asynccontextmanager
async def administering(address: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def some(names: Sequence[str]) -> str:
    return ", ".join(names[:FEW]) + (" and more" if len(names) > FEW else "")
