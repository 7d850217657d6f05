"""Every service has a role of its own in Postgres, which owns what the service makes and sees nothing else."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aik_gateway.main import app
from aik_gateway.private.migrate import migrate
from aik_gateway.private.roles import ROLES, SERVICES, role_of
from aik_service.database import Database
from aik_service.inbox_tables import INBOX_TABLES
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

NAME, OWNER, PRIVATE = "aik_with_roles", "aik_database_owner", "gateway_private"


def url_of(postgres: str, user: str, password: str, **query: str) -> str:
    url = make_url(postgres).set(username=user, password=password, database=NAME, query=query)
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def owner(postgres: str) -> Iterator[str]:
    """The URL of a database of this test's own, for its owner: no superuser, as managed servers have it."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        remove(connection)  # what a run that was killed has left
        connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE PASSWORD 'owner'")
        connection.execute(f"CREATE DATABASE {NAME} OWNER {OWNER}")
        yield url_of(postgres, OWNER, "owner")
        remove(connection)


def remove(connection: psycopg.Connection[Any]) -> None:
    connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    for role in (*ROLES, OWNER):
        connection.execute(f"DROP ROLE IF EXISTS {role}")


def made(service: str) -> str:
    return f"{service}_v7"


@pytest.fixture(scope="module")
def urls(owner: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By service: its URL, after each has made what it makes. One was there before there were roles."""
    folder = tmp_path_factory.mktemp("passwords")
    for role in ROLES:
        (folder / role).write_text(f"{role}'s\n")
    create(owner, made("asr"))
    for _ in range(2):
        told = CliRunner().invoke(app, ["roles", "--passwords", str(folder)], env={"AIK_POSTGRES": owner})
        assert told.exit_code == 0, told.output
    urls = {service: url_of(owner, role_of(service), f"{role_of(service)}'s") for service in SERVICES}
    for service, url in urls.items():
        create(url, made(service))
    migrate(urls["gateway"])
    return urls


def create(url: str, schema: str) -> None:
    async def created() -> None:
        database = Database(url, schema)
        await database.create(INBOX_TABLES)
        await database.close()

    asyncio.run(created())


def does(url: str, statement: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_owns_its_schema_and_is_refused_in_every_other(urls: dict[str, str], service: str) -> None:
    allowed = []
    for other in SERVICES:
        for statement in ("SELECT * FROM {}.folded", "DELETE FROM {}.folded", "CREATE TABLE {}.mine (a int)"):
            try:
                does(urls[service], statement.format(made(other)))
                allowed.append(other)
            except InsufficientPrivilege:
                pass
    assert allowed == [service] * 3


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_owner_drops_a_schema(urls: dict[str, str], service: str) -> None:
    for other in SERVICES:
        if other != service:
            with pytest.raises(InsufficientPrivilege):
                does(urls[service], f"DROP SCHEMA {made(other)} CASCADE")


PRIVATE_TABLES = ("webhook_secret", "request_key", "api_token", "rate_window", "sweep", "generation")


@pytest.mark.parametrize("service", SERVICES)
def test_of_the_private_schema_the_notifier_reads_the_webhook_secrets_and_nobody_else_anything(
    urls: dict[str, str], service: str
) -> None:
    readable = []
    for table in PRIVATE_TABLES:
        try:
            does(urls[service], f"TABLE {PRIVATE}.{table}")
            readable.append(table)
        except InsufficientPrivilege:
            pass
    assert readable == {"gateway": list(PRIVATE_TABLES), "notifier": ["webhook_secret"]}.get(service, [])


def test_the_notifier_does_not_write_webhook_secrets(urls: dict[str, str]) -> None:
    for statement in ("DELETE FROM {}.webhook_secret", "UPDATE {}.webhook_secret SET sealed = ''"):
        with pytest.raises(InsufficientPrivilege):
            does(urls["notifier"], statement.format(PRIVATE))


def test_a_schema_of_a_newer_version_is_made_and_dropped_by_the_service_itself(urls: dict[str, str]) -> None:
    create(urls["separator"], "separator_v8")
    with pytest.raises(InsufficientPrivilege):
        does(urls["qc"], "SELECT * FROM separator_v8.folded")
    does(urls["separator"], "DROP SCHEMA separator_v8 CASCADE")


def test_a_service_makes_no_roles_and_no_tables_that_all_see(urls: dict[str, str]) -> None:
    for statement in ("CREATE ROLE mine", "CREATE TABLE public.mine (a int)", f"SET ROLE {role_of('gateway')}"):
        with pytest.raises(InsufficientPrivilege):
            does(urls["separator"], statement)


def test_a_role_without_a_password_lets_nobody_in(postgres: str, owner: str, tmp_path: Path) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {role_of('qc')} PASSWORD NULL")
    told = CliRunner().invoke(app, ["roles"], env={"AIK_POSTGRES": owner})
    assert told.exit_code == 0, told.output
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        does(url_of(owner, role_of("qc"), "guess"), "SELECT 1")
    (tmp_path / role_of("qc")).write_text("again")
    told = CliRunner().invoke(app, ["roles", "--passwords", str(tmp_path)], env={"AIK_POSTGRES": owner})
    assert told.output.endswith(f"passwords set: {role_of('qc')}\n")
    assert does(url_of(owner, role_of("qc"), "again"), "SELECT 1") == [(1,)]
