"""Uploads against the real object store: parts straight to it, completed once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from aik_events.catalogue import AssetRemoved
from aik_events.envelope import decode
from aik_events.log.memory import MemoryLog
from aik_events.topics import ASSETS
from aik_gateway.api.app import create_app
from aik_gateway.commands import minted
from aik_gateway.multipart import S3Multiparts
from aik_gateway.multipart_xml import StoredPart
from aik_gateway.presigning import OwnSigner
from aik_gateway.readmodel.models.assets import AssetRow
from aik_gateway.readmodel.queries import ReadModel, Reads
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.pipeline.gateway_stack import GatewayStack, made_gateway

PART = 5 << 20
SONG = bytes(range(256)) * (PART // 256) + b"the end"


@pytest.fixture
async def gateway(postgres: str, s3: ObjectSettings) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), S3Objects(s3), s3) as made, made.projecting():
        yield made


async def started(client: httpx.AsyncClient, content: bytes = SONG) -> dict[str, Any]:
    body = {"filename": "Песня.WAV", "size": len(content), "partSize": PART, "contentType": "audio/wav"}
    answer = await client.post("/v1/uploads", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/uploads/{answer.json()['uploadId']}"
    return dict(answer.json())


async def send(parts: list[dict[str, Any]], content: bytes = SONG) -> list[dict[str, Any]]:
    """What the client saw of each part."""
    async with httpx.AsyncClient(trust_env=False) as http:
        seen = []
        for part in parts:
            start = (part["partNumber"] - 1) * PART
            answer = await http.put(part["url"], content=content[start : start + PART])
            assert answer.status_code == 200, answer.text
            seen.append({"partNumber": part["partNumber"], "etag": answer.headers["etag"]})
        return seen


async def test_a_file_in_two_parts_becomes_an_asset(client: httpx.AsyncClient, gateway: GatewayStack) -> None:
    upload = await started(client)
    assert [part["partNumber"] for part in upload["parts"]] == [1, 2]
    seen = await send(upload["parts"])
    answer = await client.post(f"/v1/uploads/{upload['uploadId']}/complete", json={"parts": seen})
    asset_id = "ast_" + upload["uploadId"].removeprefix("upl_")
    assert (answer.status_code, answer.json()) == (200, {"assetId": asset_id})
    assert await gateway.objects.read(f"assets/{asset_id}/source.wav") == SONG


async def test_completed_again_it_is_the_same_answer(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    await send(upload["parts"])
    path = f"/v1/uploads/{upload['uploadId']}/complete"
    answers = [await client.post(path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    state = (await client.get(f"/v1/uploads/{upload['uploadId']}")).json()
    assert (state["state"], state["stored"]) == ("uploaded", [])


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


async def test_a_lost_multipart_whose_object_is_there_is_complete(
    client: httpx.AsyncClient, gateway: GatewayStack
) -> None:
    """As after a crash between the store's answer and the append."""
    upload = await started(client)
    await send(upload["parts"])
    asset_id = "ast_" + upload["uploadId"].removeprefix("upl_")
    await complete_behind_the_gateways_back(gateway, upload, f"assets/{asset_id}/source.wav")
    answer = await client.post(f"/v1/uploads/{upload['uploadId']}/complete")
    assert (answer.status_code, answer.json()) == (200, {"assetId": asset_id})


async def complete_behind_the_gateways_back(gateway: GatewayStack, upload: dict[str, Any], key: str) -> None:
    multipart_id = parse_qs(urlsplit(upload["parts"][0]["url"]).query)["uploadId"][0]
    async with httpx.AsyncClient(trust_env=False) as http:
        store = S3Multiparts(OwnSigner(gateway.store), http)
        await store.complete(key, multipart_id, await store.parts(key, multipart_id))


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


async def closed(client: httpx.AsyncClient, path: str) -> list[tuple[int, str, str]]:
    """What a client hears that goes on with an upload that has ended."""
    answers = [await client.post(f"{path}/complete"), await client.post(f"{path}/parts", json={"partNumbers": [1]})]
    return [(answer.status_code, answer.json()["code"], answer.json()["state"]) for answer in answers]


async def test_an_aborted_upload_is_gone_and_may_be_aborted_again(client: httpx.AsyncClient) -> None:
    path = f"/v1/uploads/{(await started(client))['uploadId']}"
    assert [(await client.delete(path)).status_code for _ in range(2)] == [204, 204]
    assert (await client.get(path)).json()["state"] == "aborted"
    assert await closed(client, path) == [(410, "upload-closed", "aborted")] * 2


async def test_an_upload_that_was_aborted_twice_at_once_is_aborted(client: httpx.AsyncClient) -> None:
    path = f"/v1/uploads/{(await started(client))['uploadId']}"
    answers = await asyncio.gather(*(client.delete(path) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [204] * 5


async def test_an_expired_upload_is_gone(client: httpx.AsyncClient, gateway: GatewayStack) -> None:
    upload = await started(client)
    await send(upload["parts"])
    path, then = f"/v1/uploads/{upload['uploadId']}", gateway.clock() + timedelta(days=1)
    gateway.clock = lambda: then
    assert (await client.get(path)).json()["state"] == "expired"
    assert await closed(client, path) == [(410, "upload-closed", "expired")] * 2
    assert (await client.delete(path)).status_code == 204


async def test_a_completed_upload_can_not_be_aborted(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    await send(upload["parts"])
    path = f"/v1/uploads/{upload['uploadId']}"
    await client.post(f"{path}/complete")
    answer = await client.delete(path)
    assert (answer.status_code, answer.json()["code"]) == (409, "upload-completed")
    assert (await client.get(path)).json()["state"] == "uploaded"


async def test_completed_twice_at_once_it_is_the_same_answer_and_one_event(
    client: httpx.AsyncClient, gateway: GatewayStack
) -> None:
    upload = await started(client)
    await send(upload["parts"])
    path = f"/v1/uploads/{upload['uploadId']}/complete"
    answers = await asyncio.gather(*(client.post(path) for _ in range(5)))
    asset_id = "ast_" + upload["uploadId"].removeprefix("upl_")
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"assetId": asset_id})] * 5
    assert isinstance(gateway.log, MemoryLog)
    said = map(decode, gateway.log.slice_of(gateway.log.partition_of(ASSETS, asset_id), 0))
    assert len({event.meta.id for event in said if event.type == "asset.uploaded"}) == 1


class Vanishing(S3Multiparts):
    """Somebody else completes the upload in the moment before its parts are listed."""

    async def parts(self, key: str, multipart_id: str) -> list[StoredPart]:
        stored = await super().parts(key, multipart_id)
        await self.complete(key, multipart_id, stored)
        return stored[1:]


async def test_parts_that_go_because_the_upload_was_just_completed_are_not_missing(gateway: GatewayStack) -> None:
    async with gateway.parts() as parts, httpx.AsyncClient(trust_env=False) as http:
        made = replace(parts, multiparts=Vanishing(OwnSigner(parts.settings), http))
        transport = httpx.ASGITransport(create_app(made, {}), client=("127.0.0.1", 4711))
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers={"X-Client-Id": "cli"}) as one:
            upload = await started(one)
            await send(upload["parts"])
            answer = await one.post(f"/v1/uploads/{upload['uploadId']}/complete")
    assert answer.status_code == 200, answer.text


async def test_an_asset_that_was_removed_can_not_be_completed_again(
    client: httpx.AsyncClient, gateway: GatewayStack
) -> None:
    upload = await started(client)
    await send(upload["parts"])
    path = f"/v1/uploads/{upload['uploadId']}"
    asset_id = (await client.post(f"{path}/complete")).json()["assetId"]
    await gateway.log.append(AssetRemoved(meta=minted("cli", asset_id)))
    await gateway.until_folded()
    assert await closed(client, path) == [(410, "upload-closed", "removed")] * 2


class OldReads(Reads):
    """Sees each asset as it was when it was looked at first."""

    seen: dict[str, AssetRow]

    async def asset(self, asset_id: str, *, missing: str = "unknown-asset") -> AssetRow:
        if asset_id not in self.seen:
            self.seen[asset_id] = await super().asset(asset_id, missing=missing)
        return self.seen[asset_id]


class Overtaken(ReadModel):
    """What others do is seen too late: the log decides."""

    def __init__(self, gateway: GatewayStack) -> None:
        super().__init__(gateway.database)
        self.seen: dict[str, AssetRow] = {}

    @asynccontextmanager
    async def snapshot(self, client_id: str) -> AsyncIterator[Reads]:
        async with super().snapshot(client_id) as reads:
            old = OldReads(reads._session, client_id)
            old.seen = self.seen
            yield old


async def test_of_completing_and_aborting_the_first_in_the_log_counts(
    client: httpx.AsyncClient, gateway: GatewayStack
) -> None:
    completed, aborted = await started(client), await started(client)
    for upload in (completed, aborted):
        await send(upload["parts"])
    async with gateway.api(read_model=Overtaken(gateway)) as late:
        paths = [f"/v1/uploads/{upload['uploadId']}" for upload in (completed, aborted)]
        assert [(await late.get(path)).json()["state"] for path in paths] == ["uploading", "uploading"]
        await client.post(f"{paths[0]}/complete")
        await client.delete(paths[1])
        answers = [await late.delete(paths[0]), await late.post(f"{paths[1]}/complete")]
    found = [(answer.status_code, answer.json()["code"]) for answer in answers]
    assert found == [(409, "upload-completed"), (410, "upload-closed")]
