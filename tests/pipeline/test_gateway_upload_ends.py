"""How an upload ends: completed once, however often and by whom it is asked for, or aborted, or too late."""

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
from tests.pipeline.gateway_uploads import send, started


@pytest.fixture
async def gateway(postgres: str, s3: ObjectSettings) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, MemoryLog(), S3Objects(s3), s3) as made, made.projecting():
        yield made


async def test_completed_again_it_is_the_same_answer(client: httpx.AsyncClient) -> None:
    upload = await started(client)
    await send(upload["parts"])
    path = f"/v1/uploads/{upload['uploadId']}/complete"
    answers = [await client.post(path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    state = (await client.get(f"/v1/uploads/{upload['uploadId']}")).json()
    assert (state["state"], state["stored"]) == ("uploaded", [])


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
