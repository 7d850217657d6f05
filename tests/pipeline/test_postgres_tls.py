"""Postgres behind TLS: our connections check its certificate where the URL says so.

The Postgres of the tests is built without TLS, so a front speaks it for the server.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from aik_gateway.private.migrate import migrate
from aik_service.database import OUTAGES, Database
from aik_service.inbox_tables import INBOX_TABLES
from sqlalchemy.engine import make_url

from tests.certificates import Authority
from tests.tls_front import tls_front

SCHEMA, PRIVATE = "over_tls", "over_tls_private"


@dataclass(frozen=True)
class Behind:
    """`url` is the front's."""

    url: str
    authority: Path

    def verified(self, authority: Path | None = None) -> str:
        return f"{self.url}?sslmode=verify-full&sslrootcert={authority or self.authority}"


@pytest.fixture
async def server(postgres: str, tmp_path: Path) -> AsyncIterator[Behind]:
    authority = Authority(tmp_path)
    url = make_url(postgres)
    assert url.port is not None
    async with tls_front(url.port, *authority.certificate(), postgres=True) as port:
        yield Behind(url.set(port=port).render_as_string(hide_password=False), authority.file)


async def test_a_service_s_connections_speak_tls_and_check_the_certificate(server: Behind) -> None:
    database = Database(server.verified(), SCHEMA)
    await database.create(INBOX_TABLES)
    await database.check()
    async with await database.connected() as listening:
        assert listening.pgconn.ssl_in_use
    await database.drop()
    await database.close()


async def test_the_gateway_s_migrations_do_as_well(server: Behind) -> None:
    await asyncio.to_thread(migrate, server.verified(), PRIVATE)
    database = Database(server.verified(), PRIVATE)
    await database.drop()
    await database.close()


async def test_a_connection_in_the_clear_is_refused(server: Behind) -> None:
    await refused(f"{server.url}?sslmode=disable", "no encryption")


async def test_a_certificate_of_another_authority_is_not_believed(server: Behind, tmp_path: Path) -> None:
    await refused(server.verified(Authority(tmp_path, "other").file), "certificate verify failed")


async def test_a_server_under_another_name_than_its_certificate_s_is_not_believed(server: Behind) -> None:
    elsewhere = server.verified().replace("@127.0.0.1", "@localhost")
    await refused(elsewhere, 'does not match host name "localhost"')


async def refused(url: str, problem: str) -> None:
    database = Database(url, SCHEMA)
    with pytest.raises(OUTAGES, match=problem):
        await database.check()
    with pytest.raises(psycopg.OperationalError, match=problem):
        await database.connected()
    await database.close()
