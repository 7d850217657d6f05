"""Servers that are not for tests alone are never taken: what makes AIK's own is found in each, and so is the mark."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from uuid import uuid4

import psycopg
import pytest
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_gateway.bucket import set_up
from aik_gateway.private.roles import ROLES
from aik_service.objects.s3 import client
from sqlalchemy.engine import make_url

from tests.servers.errors import NotForTests
from tests.servers.marks import (
    MARK,
    bucket_of,
    in_bucket,
    in_kafka,
    in_postgres,
    mark_bucket,
    mark_kafka,
    mark_postgres,
    refuse_others,
)

EMPTY: Mapping[str, list[str]] = {"AIK_KAFKA": [], "AIK_POSTGRES": [], "AIK_S3_BUCKET": []}


def test_what_is_empty_or_marked_is_taken() -> None:
    refuse_others(EMPTY)
    refuse_others({**EMPTY, "AIK_KAFKA": ["aik.tracks", MARK], "AIK_POSTGRES": [MARK, "notifier_v3"]})


@pytest.mark.parametrize("variable", EMPTY)
def test_what_has_something_and_no_mark_is_refused_though_the_others_have_one(variable: str) -> None:
    marked = {name: [MARK] for name in EMPTY}
    with pytest.raises(NotForTests, match=rf"^{variable} is not for tests: it has a, b, c and more, and no mark"):
        refuse_others({**marked, variable: ["a", "b", "c", "d"]})


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """The URL of a new database."""
    name = f"marks_{uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def there(database: str) -> set[str]:
    """Roles are not a database's own."""
    return set(in_postgres(database)) - set(ROLES)


def test_schemas_and_tables_are_found_in_postgres_and_so_is_the_mark(database: str) -> None:
    assert there(database) == set()
    with psycopg.connect(database) as connection:
        connection.execute("CREATE SCHEMA separator_v3")
        connection.execute("CREATE TABLE song (title text)")
    assert there(database) == {"separator_v3", "song"}
    for _ in range(2):
        mark_postgres(database)
        assert there(database) == {"separator_v3", "song", MARK}


def test_roles_of_services_are_found_in_postgres(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {ROLES[0]}")
        connection.execute(f"CREATE ROLE {ROLES[0]}")
        connection.commit()
        assert ROLES[0] in in_postgres(database)
        connection.execute(f"DROP ROLE {ROLES[0]}")


def test_objects_are_found_in_the_bucket_and_so_is_the_mark(servers: Mapping[str, str]) -> None:
    told = {**servers, "AIK_S3_BUCKET": f"marks-{uuid4().hex[:12]}"}
    minio, bucket = client(bucket_of(told)), told["AIK_S3_BUCKET"]
    assert in_bucket(told) == []
    set_up(bucket_of(told))
    assert in_bucket(told) == []
    minio.put_object(bucket, "tracks/trk_1/minus.flac", BytesIO(b"la"), 2)
    assert in_bucket(told) == ["tracks/"]
    for _ in range(2):
        mark_bucket(told)
        assert in_bucket(told) == [MARK]
    for name in ("tracks/trk_1/minus.flac", MARK):
        minio.remove_object(bucket, name)
    minio.remove_bucket(bucket)


async def test_topics_that_have_had_records_are_found_in_kafka_and_so_is_the_mark(kafka: str) -> None:
    await create_topics(kafka, replication=1)
    log = KafkaLog(kafka, client_id="test")
    await log.append(Author(f"trk_{uuid4().hex}", client="cli").imported())
    await log.close()
    assert TRACKS in await in_kafka(kafka)
    for _ in range(2):
        await mark_kafka(kafka)
        assert {TRACKS, MARK} <= set(await in_kafka(kafka))
