"""The webhook secrets, read where the gateway stores them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from aik_notifier.secret_store import KEPT_S, BriefSecrets, GatewaySecrets, Secret
from aik_service.database import Database
from aik_service.sealing import SealBroken, Sealer
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.schema import CreateSchema

SEALER = Sealer(SecretStr("key"))
TABLE = (
    "CREATE TABLE webhook_secret (id bigint PRIMARY KEY, client_id text, sealed text,"
    " created_at timestamptz DEFAULT now(), retires_at timestamptz)"
)
ROW = "INSERT INTO webhook_secret (id, client_id, sealed, retires_at) VALUES (:id, :client, :sealed, now() + :left)"


@pytest.fixture
async def private(postgres: str) -> AsyncIterator[Database]:
    database = Database(postgres, f"test_{uuid4().hex[:12]}")
    async with database.begin() as connection:
        await connection.execute(CreateSchema(database.schema))
        await connection.execute(text(TABLE))
    try:
        yield database
    finally:
        await database.drop()
        await database.close()


async def store(private: Database, id: int, client: str, secret: str, left: str | None = None) -> None:
    """`left` is how long the secret is still valid; None for the newest."""
    row = text(ROW.replace(":left", f"interval '{left}'" if left else "NULL"))
    async with private.begin() as connection:
        await connection.execute(row, {"id": id, "client": client, "sealed": SEALER.seal(secret)})


async def test_a_rotated_secret_is_valid_until_it_retires(private: Database) -> None:
    await store(private, 1, "cli", "oldest", left="-1 minute")
    await store(private, 2, "cli", "old", left="1 minute")
    await store(private, 3, "cli", "new")
    await store(private, 4, "other", "theirs")
    assert await GatewaySecrets(private, SEALER).valid("cli") == ["new", "old"]
    assert await GatewaySecrets(private, SEALER).valid("nobody") == []


async def test_a_secret_that_another_key_sealed_is_said_so(private: Database) -> None:
    await store(private, 1, "cli", "secret")
    with pytest.raises(SealBroken):
        await GatewaySecrets(private, Sealer(SecretStr("other"))).valid("cli")


async def test_a_rotation_is_seen_within_five_seconds_and_a_secret_retires_in_time(private: Database) -> None:
    now, seconds = datetime.now(UTC), 0.0
    secrets = BriefSecrets(GatewaySecrets(private, SEALER, lambda: now), lambda: seconds)
    await store(private, 1, "cli", "old", left="1 hour")
    assert await secrets.valid("cli") == ["old"]
    await store(private, 2, "cli", "new")
    assert await secrets.valid("cli") == ["old"]
    seconds = KEPT_S
    assert await secrets.valid("cli") == ["new", "old"]
    now += timedelta(hours=2)
    assert await secrets.valid("cli") == ["new"]


async def test_many_deliveries_at_once_ask_once_and_an_error_is_not_kept(private: Database) -> None:
    asked: list[str] = []

    class Counting(GatewaySecrets):
        async def stored(self, client_id: str) -> Sequence[Secret]:
            asked.append(client_id)
            return await super().stored(client_id)

    await store(private, 1, "cli", Sealer(SecretStr("other")).seal("sealed twice"))
    secrets = BriefSecrets(Counting(private, SEALER))
    assert len({text for [text] in await asyncio.gather(*(secrets.valid("cli") for _ in range(10)))}) == 1
    assert asked == ["cli"]
    broken = BriefSecrets(Counting(private, Sealer(SecretStr("other"))))
    for _ in range(2):
        with pytest.raises(SealBroken):
            await broken.valid("cli")
    assert asked == ["cli"] * 3
