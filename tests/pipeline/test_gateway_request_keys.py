"""The table of keys: claims that run out, rows that are swept, answers that are kept sealed or made again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aik_events.log.memory import MemoryLog
from aik_events.testing.asset_author import AssetAuthor
from aik_gateway.private.request_keys import CLAIM, KEPT, Claim, Key, RequestKeys
from aik_gateway.problems import Problem
from aik_service.objects.memory import MemoryObjects
from aik_service.objects.s3 import S3Objects
from aik_service.sealing import Sealer
from aik_service.settings import ObjectSettings
from pydantic import SecretStr
from sqlalchemy import text

from tests.pipeline.gateway_stack import SEALER, GatewayStack, made_gateway

KEY = {"Idempotency-Key": "6f1a2b3c"}


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), MemoryObjects()) as made:
        yield made


async def test_a_request_that_never_ended_is_taken_over_after_half_a_minute(
    gateway: GatewayStack,
) -> None:
    """By whoever repeats it: with the event if there is one. The first one must not go on without having stored it."""
    hands, event = Hands(), AssetAuthor("ast_1", client="cli").upload_started()
    keys, key = RequestKeys(gateway.private, SEALER, hands), Key("cli", "k", "hash")
    dead = await keys.claim(key)
    hands.now += CLAIM - timedelta(seconds=1)
    with pytest.raises(Problem, match="request-running"):
        await keys.claim(key)
    hands.now += timedelta(seconds=1)
    second = await keys.claim(key)
    assert isinstance(dead, Claim)
    assert isinstance(second, Claim)
    assert second.event is None
    with pytest.raises(Problem, match="request-running"):
        await keys.store(dead, event)
    await keys.store(second, event)
    hands.now += CLAIM
    third = await keys.claim(key)
    assert isinstance(third, Claim)
    assert third.event is not None
    assert (third.event.meta.id, type(third.event)) == (event.meta.id, type(event))
    await keys.answer(third, "the first")
    await keys.answer(second, "a later one")
    assert await keys.claim(key) == "the first"


async def test_a_key_is_new_again_after_a_day_and_swept(gateway: GatewayStack) -> None:
    hands = Hands()
    keys = RequestKeys(gateway.private, SEALER, hands)

    async def made(name: str, payload: str) -> str:
        async def make(connection: object) -> str:
            return f"{name} {payload} {hands.now:%d}"

        return await keys.once(Key("cli", name, payload), make)

    assert await made("a", "one") == "a one 01"
    hands.now += KEPT - timedelta(seconds=1)
    assert await made("a", "one") == "a one 01"
    assert await keys.remove_expired() == 0
    hands.now += timedelta(seconds=1)
    assert await made("a", "two") == "a two 02"
    await made("b", "one")
    hands.now += KEPT
    assert (await keys.remove_expired(), await keys.remove_expired()) == (2, 0)


async def test_an_answer_under_a_lost_seal_is_made_again_of_the_same_event(gateway: GatewayStack) -> None:
    """AIK_SECRET_KEY was changed."""
    key, event = Key("cli", "k", "hash"), AssetAuthor("ast_1", client="cli").upload_started()
    before = RequestKeys(gateway.private, SEALER, gateway.clock)
    after = RequestKeys(gateway.private, Sealer(SecretStr("another")), gateway.clock)
    claim = await before.claim(key)
    assert isinstance(claim, Claim)
    await before.store(claim, event)
    await before.answer(claim, "the first")
    again = await after.claim(key)
    assert isinstance(again, Claim)
    assert again.event is not None
    assert again.event.meta.id == event.meta.id
    await after.answer(again, "made again")
    assert await after.claim(key) == "made again"


async def test_a_rotation_with_a_key_happens_once_and_shows_the_same_secret(
    gateway: GatewayStack,
) -> None:
    async with gateway.api() as client:
        answers = await asyncio.gather(*(client.post("/v1/webhooks/secret/rotate", headers=KEY) for _ in range(5)))
    assert Counter(answer.status_code for answer in answers) == {201: 5}
    [secret] = {answer.json()["secret"] for answer in answers}
    assert len(await gateway.secrets().dates("cli")) == 1
    async with gateway.private.begin() as connection:
        rows = (await connection.execute(text("SELECT row_to_json(request_key) FROM request_key"))).scalars()
        assert secret.removeprefix("whsec_") not in str(list(rows))


async def test_an_upload_that_is_begun_again_is_the_same_with_urls_signed_afresh(
    postgres: str, s3: ObjectSettings
) -> None:
    """Its answer is not kept, but made again from the event: a kept URL would be dead one day."""
    body = {"filename": "a.wav", "size": 5}
    async with (
        made_gateway(postgres, MemoryLog(), S3Objects(s3), s3) as gateway,
        gateway.projecting(),
        gateway.api() as client,
    ):
        first = await client.post("/v1/uploads", json=body, headers=KEY)
        async with gateway.private.begin() as connection:
            assert (await connection.execute(text("SELECT answer FROM request_key"))).scalars().all() == [None]
        again = await client.post("/v1/uploads", json=body, headers=KEY)
        assert (first.status_code, again.status_code) == (201, 201)
        assert again.json()["uploadId"] == first.json()["uploadId"]
        assert again.headers["location"] == first.headers["location"]
        sent = await http_put(again.json()["parts"][0]["url"])
        assert sent == 200


async def http_put(url: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.put(url, content=b"12345")).status_code
