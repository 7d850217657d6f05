"""`aik-gateway tokens`, as an operator types it."""

import asyncio
from datetime import UTC, datetime

import pytest
from aik_gateway.main import app
from aik_gateway.private.tables import SCHEMA
from aik_gateway.private.tokens import Tokens
from aik_service.database import Database
from typer.testing import CliRunner


@pytest.fixture
def postgres(postgres: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AIK_POSTGRES", postgres)
    return postgres


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["tokens", *arguments])
    return result.exit_code, result.stdout.strip()


def client_of(postgres: str, token: str) -> str | None:
    """Commands have an event loop of their own, so this has one as well."""

    async def asked() -> str | None:
        database = Database(postgres, SCHEMA)
        try:
            return await Tokens(database, lambda: datetime.now(UTC)).client_of(token)
        finally:
            await database.close()

    return asyncio.run(asked())


def test_a_token_is_shown_once_and_revoked_by_its_id(postgres: str) -> None:
    code, token = run("create", "cli", "--name", "browser")
    assert code == 0
    assert client_of(postgres, token) == "cli"
    id = token.split("_")[1]
    [line] = [line for line in run("list")[1].splitlines() if line.startswith(id)]
    assert line.split("\t")[1:3] == ["cli", "browser"]
    assert token not in line
    assert run("revoke", id)[0] == 0
    assert "revoked" in run("list")[1]
    assert client_of(postgres, token) is None


def test_a_wrong_id_or_client_is_refused(postgres: str) -> None:
    assert run("revoke", "nobody")[0] == 1
    assert run("create", "a b")[0] == 2
