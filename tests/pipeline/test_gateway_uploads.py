"""Uploads against the real object store: parts straight to it, and they become an asset."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.multipart import S3Multiparts
from aik_gateway.presigning import OwnSigner
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.pipeline.gateway_stack import GatewayStack, made_gateway
from tests.pipeline.gateway_uploads import PART, SONG, send, started


@pytest.fixture
async def gateway(postgres: str, s3: ObjectSettings) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), S3Objects(s3), s3) as made, made.projecting():
        yield made


async def test_a_file_in_two_parts_becomes_an_asset(client: httpx.AsyncClient, gateway: GatewayStack) -> None:
    upload = await started(client)
    assert [part["partNumber"] for part in upload["parts"]] == [1, 2]
    seen = await send(upload["parts"])
    answer = await client.post(f"/v1/uploads/{upload['uploadId']}/complete", json={"parts": seen})
    asset_id = "ast_" + upload["uploadId"].removeprefix("upl_")
    assert (answer.status_code, answer.json()) == (200, {"assetId": asset_id})
    assert await gateway.objects.read(f"assets/{asset_id}/source.wav") == SONG


async def test_missing_and_wrong_parts_are_a_conflict_that_names_them(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    await send(upload["parts"][:1])
    path = f"/v1/uploads/{upload['uploadId']}/complete"
    answer = await client.post(path, json={"parts": [{"partNumber": 1, "etag": "other"}]})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "upload-incomplete")
    assert (problem["missing"], problem["wrong"]) == ([2], [1])


async def test_an_interrupted_upload_goes_on_with_fresh_urls(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    seen = await send(upload["parts"][:1])
    path = f"/v1/uploads/{upload['uploadId']}"
    state = (await client.get(path)).json()
    stored = [{"partNumber": 1, "etag": seen[0]["etag"].strip('"'), "size": PART}]
    assert (state["state"], state["size"], state["partSize"], state["stored"]) == ("uploading", len(SONG), PART, stored)
    fresh = (await client.post(f"{path}/parts", json={"partNumbers": [2]})).json()["parts"]
    await send(fresh)
    assert (await client.post(f"{path}/complete")).status_code == 200


async def test_a_part_that_does_not_exist_gets_no_url(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    answer = await client.post(f"/v1/uploads/{upload['uploadId']}/parts", json={"partNumbers": [3]})
    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


async def test_an_empty_file_is_one_empty_part(client: httpx.AsyncClient) -> None:
    """That nothing is in it is for the first step to say."""
    upload = await started(client, b"")
    await send(upload["parts"], b"")
    assert (await client.post(f"/v1/uploads/{upload['uploadId']}/complete")).status_code == 200


async def test_another_clients_upload_is_not_there(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    path, other = f"/v1/uploads/{upload['uploadId']}", {"X-Client-Id": "other"}
    answers = [
        await client.get(path, headers=other),
        await client.post(f"{path}/parts", headers=other, json={"partNumbers": [1]}),
        await client.post(f"{path}/complete", headers=other),
        await client.get("/v1/uploads/upl_0"),
        await client.get("/v1/uploads/ast_" + upload["uploadId"].removeprefix("upl_")),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "unknown-upload")] * 5


async def test_a_url_is_for_its_own_part_alone(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    async with httpx.AsyncClient(trust_env=False) as http:
        spoiled = upload["parts"][0]["url"].replace("partNumber=1", "partNumber=2")
        assert (await http.put(spoiled, content=b"x")).status_code == 403


async def test_parts_go_side_by_side_and_in_any_order(client: httpx.AsyncClient, gateway: GatewayStack) -> None:
    upload = await started(client)
    await asyncio.gather(*(send([part]) for part in reversed(upload["parts"])))
    asset_id = (await client.post(f"/v1/uploads/{upload['uploadId']}/complete")).json()["assetId"]
    assert await gateway.objects.read(f"assets/{asset_id}/source.wav") == SONG


async def test_of_many_parts_the_first_hundred_get_urls_at_once(client: httpx.AsyncClient) -> None:
    body = {"filename": "a.wav", "size": 101 * PART, "partSize": PART}
    upload = (await client.post("/v1/uploads", json=body)).json()
    assert [part["partNumber"] for part in upload["parts"]] == list(range(1, 101))
    more = await client.post(f"/v1/uploads/{upload['uploadId']}/parts", json={"partNumbers": [101]})
    assert [part["partNumber"] for part in more.json()["parts"]] == [101]


async def test_only_the_host_is_signed(client: httpx.AsyncClient) -> None:
    """So a browser may send whatever headers it likes."""
    upload = await started(client)
    [signed] = parse_qs(urlsplit(upload["parts"][0]["url"]).query)["X-Amz-SignedHeaders"]
    assert signed == "host"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"size": (1 << 30) + 1}, "file-too-large"),
        ({"filename": "a.pdf"}, "unsupported-audio-type"),
        ({"contentType": "text/html"}, "unsupported-audio-type"),
        ({"partSize": PART - 1}, "part-size-invalid"),
        ({"size": -1}, "validation-failed"),
        ({"sha256": "abc"}, "validation-failed"),
    ],
)
async def test_limits_are_checked_before_anything_is_begun(
    client: httpx.AsyncClient, gateway: GatewayStack, fields: dict[str, Any], code: str
) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        store = S3Multiparts(OwnSigner(gateway.store), http)
        before = await store.unfinished("assets/", 1000)
        answer = await client.post("/v1/uploads", json={"filename": "a.wav", "size": 1, **fields})
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert await store.unfinished("assets/", 1000) == before
