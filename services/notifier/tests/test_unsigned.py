"""Deliveries that can't be signed: nothing is sent, and nobody is blamed for it."""

import pytest
from aik_events.log.memory import MemoryLog
from aik_events.topics import WEBHOOKS
from aik_notifier.poster import Answer
from aik_notifier.secret_store import SecretStore
from aik_notifier.sender import SecretsSealed, Sender
from aik_notifier.settings import NotifierSettings
from aik_notifier.testing.memory_queue import MemoryQueue
from aik_notifier.testing.scripted import Scripted, due
from aik_service.sealing import SealBroken
from prometheus_client import REGISTRY
from pydantic import SecretStr
from structlog.testing import capture_logs

SETTINGS = NotifierSettings(secret_key=SecretStr("key"))
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def sender(queue: MemoryQueue, log: MemoryLog, poster: Scripted, secrets: SecretStore) -> Sender:
    return Sender(SETTINGS, queue=queue, log=log, secrets=secrets, poster=poster)


class NoSecrets:
    async def valid(self, client_id: str) -> list[str]:
        return []


class SealedByAnotherKey:
    async def valid(self, client_id: str) -> list[str]:
        raise SealBroken


@pytest.mark.parametrize(
    ("secrets", "error"), [(NoSecrets(), "webhook-secret-missing"), (SealedByAnotherKey(), "seal-broken")]
)
async def test_what_can_not_be_signed_is_not_sent_and_waits_and_no_fact_blames_its_endpoint(
    secrets: SecretStore, error: str
) -> None:
    queue, log, poster = MemoryQueue(), MemoryLog(), Scripted()
    nothing = await log.ends([WEBHOOKS])
    with capture_logs() as said:
        await sender(queue, log, poster, secrets).work(due(attempt=1))
    assert (await log.ends([WEBHOOKS]), poster.urls, queue.parked) == (nothing, [], [])
    assert (queue.untried, queue.waits) == (["dlv"], [60])
    [fault] = [line for line in said if line["log_level"] == "error"]
    assert (fault["code"], fault["client"], fault["delivery"]) == (error, "cli", "dlv")
    assert REGISTRY.get_sample_value("aik_webhook_tries_total", {"kind": "track.ready", "outcome": error})


class Resealed:
    """The right key comes with the second question."""

    def __init__(self) -> None:
        self.asked = 0

    async def valid(self, client_id: str) -> list[str]:
        self.asked += 1
        if self.asked == 1:
            raise SealBroken
        return [SECRET]


async def test_secrets_that_can_not_be_opened_are_said_by_the_readiness_check_until_they_can() -> None:
    trying = sender(MemoryQueue(), MemoryLog(), Scripted(Answer(latency_ms=1, status=200)), Resealed())
    await trying.check_secrets()
    await trying.work(due())
    with pytest.raises(SecretsSealed, match="cli"):
        await trying.check_secrets()
    await trying.work(due())
    await trying.check_secrets()
