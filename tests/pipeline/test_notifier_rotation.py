"""A rotated secret, from the gateway's table to what arrives over HTTP, checked by the package that receivers use."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpcore
import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.private.migrate import migrate
from aik_gateway.private.secrets import OVERLAP, Secrets
from aik_notifier.secret_store import BriefSecrets, GatewaySecrets
from aik_notifier.sender import Sender
from aik_notifier.settings import NotifierSettings
from aik_notifier.testing.memory_queue import MemoryQueue
from aik_notifier.testing.receiver import OK, Received, Receiver
from aik_notifier.testing.story import Song
from aik_notifier.transport import HttpPoster, system_resolver
from aik_service.database import Database
from aik_service.sealing import Sealer
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from tests.pipeline.notifier_stack import lease_of

KEY = SecretStr("key")
SETTINGS = NotifierSettings.model_validate({"secret_key": KEY, "webhook_allowed_networks": "127.0.0.0/8"})


@pytest.fixture
async def private(postgres: str) -> AsyncIterator[Database]:
    schema = f"test_{uuid4().hex[:12]}"
    migrate(postgres, schema)
    database = Database(postgres, schema)
    yield database
    await database.drop()
    await database.close()


class Client:
    """A client whose time can be moved on, with what has arrived for it."""

    def __init__(self, private: Database, receiver: Receiver) -> None:
        self.now = datetime.now(UTC)
        self._sealer = Sealer(KEY)
        self._private = private
        self._receiver = receiver

    async def rotate(self) -> str:
        return await Secrets(self._private, self._sealer, lambda: self.now).rotate("cli")

    async def sent(self) -> Received:
        """One delivery, by a sender that keeps no secret from before."""
        secrets = BriefSecrets(GatewaySecrets(self._private, self._sealer, lambda: self.now))
        poster = HttpPoster(
            SETTINGS.address_rules(),
            timeout_s=5,
            resolve=system_resolver,
            dialer=httpcore.AnyIOBackend(),
            tls=httpcore.default_ssl_context(),
        )
        sender = Sender(SETTINGS, queue=MemoryQueue(), log=MemoryLog(), secrets=secrets, poster=poster)
        await sender.work(replace(lease_of(Song(), 1), url=self._receiver.url))
        return self._receiver.received[-1]


def verifies(received: Received, secret: str) -> bool:
    try:
        Webhook(secret).verify(received.body, dict(received.headers))
    except WebhookVerificationError:
        return False
    return True


async def test_both_secrets_verify_for_a_day_after_a_rotation_and_then_the_new_one_alone(private: Database) -> None:
    async with Receiver([OK]).listening() as receiver:
        client = Client(private, receiver)
        old = await client.rotate()
        assert verifies(await client.sent(), old)
        new = await client.rotate()
        client.now += OVERLAP - timedelta(seconds=1)
        during = await client.sent()
        client.now += timedelta(seconds=1)
        after = await client.sent()
    assert [verifies(during, secret) for secret in (old, new)] == [True, True]
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    assert [verifies(after, secret) for secret in (old, new)] == [False, True]
    assert len(after.headers["webhook-signature"].split(" ")) == 1
