"""Commands on real Kafka: whoever is first in the log wins, over several api processes."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aik_events.log.admin import create_topics
from aik_events.log.kafka import KafkaLog
from aik_service.objects.memory import MemoryObjects

from tests.pipeline.gateway_song import uploaded
from tests.pipeline.gateway_stack import GatewayStack, made_gateway

AT_ONCE = 10


@pytest.fixture
async def gateway(postgres: str, kafka: str) -> AsyncIterator[GatewayStack]:
    await create_topics(kafka, replication=1)
    log = KafkaLog(kafka, client_id=f"test-{uuid4().hex}")
    try:
        async with made_gateway(postgres, log, MemoryObjects()) as made:
            await made.begin_at_the_end()
            async with made.projecting():
                yield made
    finally:
        await log.close()


async def test_of_edits_at_once_exactly_one_wins(gateway: GatewayStack) -> None:
    async with gateway.api() as one, gateway.api() as two:
        made = await one.post("/v1/tracks/import", json={"assetId": await uploaded(gateway), "lyrics": "One"})
        assert made.status_code == 202, made.text
        path = f"/v1/tracks/{made.json()['trackId']}/lyrics"
        edits = [
            (one, two)[n % 2].patch(path, json={"lyrics": f"Edit {n}"}, headers={"If-Match": '"v1"'})
            for n in range(AT_ONCE)
        ]
        answers = await asyncio.gather(*edits)
        newest = (await one.get(path)).json()
    won = [n for n, answer in enumerate(answers) if answer.status_code == 201]
    lost = [(answer.status_code, answer.json()["code"]) for answer in answers if answer.status_code != 201]
    assert len(won) == 1
    assert lost == [(412, "stale")] * (AT_ONCE - 1)
    assert (newest["version"], newest["sourceText"]) == (2, f"Edit {won[0]}")


async def test_an_import_twice_at_once_is_two_tracks_and_reprocess_twice_is_one_job(gateway: GatewayStack) -> None:
    async with gateway.api() as client:
        asset_id = await uploaded(gateway)
        imports = [client.post("/v1/tracks/import", json={"assetId": asset_id, "lyrics": "One"}) for _ in range(2)]
        tracks = {answer.json()["trackId"] for answer in await asyncio.gather(*imports)}
        assert len(tracks) == 2
        path = f"/v1/tracks/{tracks.pop()}/reprocess"
        answer = await client.post(path, json={"steps": ["separate"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "job-running")
