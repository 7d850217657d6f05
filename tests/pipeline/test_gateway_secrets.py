"""Webhook secrets: what the gateway stores is what the notifier signs with."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.private.migrate import migrate
from aik_gateway.private.secrets import MOST, Secrets
from aik_notifier.secret_store import GatewaySecrets
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_stack import SEALER, GatewayStack, made_gateway

HOUR = timedelta(hours=1)


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), MemoryObjects()) as made:
        yield made


async def test_the_notifier_signs_with_what_the_client_was_shown(gateway: GatewayStack) -> None:
    secrets, notifier = gateway.secrets(), GatewaySecrets(gateway.private, SEALER)
    first = await secrets.rotate("cli")
    assert await notifier.valid("cli") == [first]
    second = await secrets.rotate("cli")
    assert await notifier.valid("cli") == [second, first]
    assert await notifier.valid("other") == []


async def test_a_rotated_secret_retires_after_a_day(gateway: GatewayStack) -> None:
    then = datetime(2026, 1, 1, tzinfo=UTC)
    now = [then]
    secrets = Secrets(gateway.private, SEALER, lambda: now[0])
    await secrets.rotate("cli")
    now[0] = then + HOUR
    await secrets.rotate("cli")
    found = [(one.created_at, one.retires_at) for one in await secrets.dates("cli")]
    assert found == [(then + HOUR, None), (then, then + 25 * HOUR)]
    now[0] = then + 25 * HOUR
    assert [one.created_at for one in await secrets.dates("cli")] == [then + HOUR]


async def test_each_rotated_secret_keeps_its_own_day(gateway: GatewayStack) -> None:
    """The one that receivers still have signs on, however often it is rotated meanwhile."""
    then = datetime(2026, 1, 1, tzinfo=UTC)
    now = [then]
    secrets = Secrets(gateway.private, SEALER, lambda: now[0])
    notifier = GatewaySecrets(gateway.private, SEALER, lambda: now[0])
    made = []
    for hour in range(3):
        now[0] = then + hour * HOUR
        made.append(await secrets.rotate("cli"))
    assert await notifier.valid("cli") == made[::-1]
    now[0] = then + 25 * HOUR
    assert await notifier.valid("cli") == made[:0:-1]


async def test_of_secrets_rotated_at_once_one_is_current_and_the_newest_sign(gateway: GatewayStack) -> None:
    """So a delivery never has more than so many signatures."""
    made = await asyncio.gather(*(gateway.secrets().rotate("cli") for _ in range(MOST + 2)))
    retiring = [one.retires_at is not None for one in await gateway.secrets().dates("cli")]
    assert retiring == [False, *[True] * (MOST - 1)]
    signing = await GatewaySecrets(gateway.private, SEALER).valid("cli")
    assert len(signing) == MOST
    assert set(signing) < set(made)


async def test_no_secret_is_stored_as_it_is(gateway: GatewayStack) -> None:
    secret = await gateway.secrets().rotate("cli")
    async with gateway.private.begin() as connection:
        stored = (await connection.execute(text("SELECT sealed FROM webhook_secret"))).scalar_one()
    assert secret not in stored
    assert secret.removeprefix("whsec_") not in stored


async def test_migrating_again_and_at_once_changes_nothing(gateway: GatewayStack, postgres: str) -> None:
    secret = await gateway.secrets().rotate("cli")
    await asyncio.gather(*(asyncio.to_thread(migrate, postgres, gateway.private.schema) for _ in range(3)))
    assert await GatewaySecrets(gateway.private, SEALER).valid("cli") == [secret]
