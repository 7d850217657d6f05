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
from aik_service.sealing import SealBroken, Sealer
from pydantic import SecretStr
from sqlalchemy import text

from tests.pipeline.gateway_stack import SEALER, GatewayStack, made_gateway

HOUR = timedelta(hours=1)
KEY = SecretStr("key")
NEXT = SecretStr("the next key")


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


async def test_another_key_takes_over_without_a_secret_that_can_t_be_opened(gateway: GatewayStack) -> None:
    """Processes of one step run beside those of the next, so each step opens what the one before and after it seals."""
    knows_both, has_taken_over, alone = Sealer(KEY, NEXT), Sealer(NEXT, KEY), Sealer(NEXT)
    made = []
    for sealer in (SEALER, knows_both, has_taken_over):
        made.append(await Secrets(gateway.private, sealer, gateway.clock).rotate("cli"))
        for other in (knows_both, has_taken_over):
            assert await GatewaySecrets(gateway.private, other).valid("cli") == made[::-1]
    with pytest.raises(SealBroken):
        await GatewaySecrets(gateway.private, alone).valid("cli")
    for _ in range(2):
        assert await Secrets(gateway.private, has_taken_over, gateway.clock).reseal() == 3
    assert await GatewaySecrets(gateway.private, alone).valid("cli") == made[::-1]


async def test_what_neither_key_opens_leaves_all_secrets_as_they_are(gateway: GatewayStack) -> None:
    first = await gateway.secrets().rotate("cli")
    await Secrets(gateway.private, Sealer(SecretStr("lost")), gateway.clock).rotate("other")
    with pytest.raises(SealBroken):
        await Secrets(gateway.private, Sealer(NEXT, KEY), gateway.clock).reseal()
    assert await GatewaySecrets(gateway.private, SEALER).valid("cli") == [first]
