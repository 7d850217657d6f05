"""The notifier's real process, killed in the middle of deliveries, on real Kafka and Postgres.

More kills than the few of the suite: `AIK_TEST_KILLS=20 .venv/bin/pytest tests/pipeline/test_notifier_killed.py`.
"""

import os
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_events.messages import message_of
from aik_events.track import STATE_VERSION
from aik_notifier.tables import DELIVERY
from aik_notifier.testing.story import Song
from aik_service.database import Database
from standardwebhooks import Webhook

from tests.e2e.receiver import Receiver, receiving
from tests.pipeline.notifier_process import NotifierProcess, append, deliveries, made_secret, songs, until

KILLS = int(os.environ.get("AIK_TEST_KILLS", "3"))
A_TURN = 12
"""Deliveries for each kill, of which the notifier makes four at a time."""
HANGS_S = 0.3
SETTINGS = {"AIK_LEASE_S": "1", "AIK_POLL_S": "0.2", "AIK_WEBHOOK_SENDERS": "8", "AIK_WEBHOOK_SENDERS_PER_HOST": "4"}


@pytest.fixture
async def notifier(servers: Mapping[str, str], tmp_path: Path) -> NotifierProcess:
    """With a schema of its own, since other tests' logs are in it otherwise."""
    await create_topics(servers["AIK_KAFKA"], replication=1)
    database = Database(servers["AIK_POSTGRES"], f"notifier_v{STATE_VERSION}")
    await database.drop()
    await database.close()
    return NotifierProcess(servers, tmp_path / "lines.txt", SETTINGS)


async def test_killed_in_mid_delivery_every_event_arrives_under_the_id_that_follows_from_it(
    notifier: NotifierProcess,
) -> None:
    client, postgres = f"killed-{uuid4().hex[:8]}", notifier.servers["AIK_POSTGRES"]
    secret = await made_secret(postgres, client)
    log = KafkaLog(notifier.servers["AIK_KAFKA"], client_id="test", append_timeout_ms=60_000)
    with receiving(hangs_s=HANGS_S) as receiver:
        told = songs(A_TURN * (KILLS + 1), receiver.url, client)
        await append(log, told)
        notifier.start()
        for _ in range(KILLS):
            await until(partial(_in_mid_delivery, receiver, len(receiver.deliveries) + A_TURN / 3), 90)
            notifier.kill()
            notifier.start()
        is_closed = DELIVERY.c.outcome.is_not(None)
        try:
            await until(lambda: _all(postgres, client, len(told), is_closed), 120)
        finally:
            notifier.end()
    await log.close()
    bodies = defaultdict(set)
    for delivery in receiver.deliveries:
        Webhook(secret).verify(delivery.body, dict(delivery.headers))
        bodies[delivery.headers["webhook-id"]].add(delivery.body.decode())
    assert bodies == {webhook_id: {body} for webhook_id, body in map(_message, told)}
    assert len(receiver.deliveries) > len(told), "what was in mid-delivery is sent again"


def _in_mid_delivery(receiver: Receiver, begun: float) -> bool:
    return len(receiver.deliveries) >= begun and receiver.answering > 0


async def _all(postgres: str, client: str, count: int, is_closed: object) -> bool:
    return await deliveries(postgres, client, is_closed) == count


def _message(song: Song) -> tuple[str, str]:
    events = song.to_published()
    message = message_of(events[-1], song.folded(*events))
    assert message is not None
    return message.id, message.body("http://127.0.0.1:8080")
