"""The private schema is shared by the releases that run side by side while one replaces the other."""

import psycopg
import pytest
from aik_gateway.private.migrate import migrate

SCHEMA = "private_of_two_releases"
NEWER = "9999"


def connected(postgres: str) -> psycopg.Connection[tuple[str, ...]]:
    return psycopg.connect(postgres, options=f"-csearch_path={SCHEMA}")


@pytest.fixture
def url(postgres: str) -> str:
    """Of a schema that a newer release has brought further than this code knows."""
    migrate(postgres, SCHEMA)
    with connected(postgres) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (NEWER,))
        connection.execute("ALTER TABLE sweep ADD COLUMN newer text")
    return postgres


def test_a_process_of_the_older_release_starts_and_leaves_a_newer_schema_as_it_is(url: str) -> None:
    migrate(url, SCHEMA)
    with connected(url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWER,)]
        connection.execute("SELECT newer FROM sweep")
