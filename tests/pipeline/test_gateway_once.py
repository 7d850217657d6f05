"""Idempotency-Key: the same request again is the same event and the same answer; nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aik_events.catalogue import TrackImported
from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.log import OutcomeUnknown, Position
from aik_events.log.memory import MemoryLog
from aik_events.testing.asset_author import AssetAuthor
from aik_events.topics import TRACKS
from aik_service.database import Database
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import text

from tests.pipeline.gateway_song import Song, imported, uploaded
from tests.pipeline.gateway_stack import GatewayStack, made_gateway

KEY = {"Idempotency-Key": "6f1a2b3c"}
NOBODY = "6f1a2b3c-0000-4000-8000-000000000000"
NOWHERE = Database("postgresql://127.0.0.1:1/none", "none")


class ForgetfulLog(MemoryLog):
    """Appends, and may say that it doesn't know."""

    forgets = False

    async def append(self, event: Event) -> Position:
        position = await super().append(event)
        if self.forgets:
            raise OutcomeUnknown
        return position


@pytest.fixture
async def gateway(postgres: str) -> AsyncIterator[GatewayStack]:
    async with made_gateway(postgres, ForgetfulLog(), MemoryObjects()) as made, made.projecting():
        yield made


@pytest.fixture
async def song(gateway: GatewayStack, client: httpx.AsyncClient) -> Song:
    return await imported(gateway, client)


def seen(answer: httpx.Response) -> tuple[int, bytes, str | None, str | None]:
    return answer.status_code, answer.content, answer.headers.get("location"), answer.headers.get("etag")


def summary(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def imports(gateway: GatewayStack) -> list[str]:
    """The id of each import event in the log, as often as it is there."""
    assert isinstance(gateway.log, MemoryLog)
    records = [r for p in await gateway.log.ends([TRACKS]) for r in gateway.log.slice_of(p, 0)]
    return [event.meta.id for event in map(decode, records) if isinstance(event, TrackImported)]


async def edit(
    client: httpx.AsyncClient, song: Song, lyrics: str = "One\ntwo", version: int = 1, **headers: str
) -> httpx.Response:
    headers = {"If-Match": f'"v{version}"'} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.patch(f"/v1/tracks/{song.track_id}/lyrics", json={"lyrics": lyrics}, headers=headers)


async def test_a_repeat_gets_the_first_answer_and_makes_nothing(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    body = {"assetId": await uploaded(gateway), "lyrics": "One two"}
    first = await client.post("/v1/tracks/import", json=body, headers=KEY)
    assert first.status_code == 202
    again = await client.post("/v1/tracks/import", json=dict(reversed(body.items())), headers=KEY)
    assert seen(again) == seen(first)
    assert len(await imports(gateway)) == 1
    another = await client.post("/v1/tracks/import", json=body, headers={"Idempotency-Key": "another"})
    assert another.json()["trackId"] != first.json()["trackId"]


async def test_a_repeat_of_an_edit_gets_its_version_though_it_is_not_the_newest_any_more(
    client: httpx.AsyncClient, song: Song
) -> None:
    first = await edit(client, song, Idempotency_Key="edit")
    assert (await edit(client, song, "Three", 2)).status_code == 201
    assert seen(await edit(client, song, Idempotency_Key="edit")) == seen(first)
    assert first.headers["etag"].startswith('"v2.')
    assert first.headers["cache-control"] == "no-store"


async def test_a_rejection_is_a_first_answer_too(gateway: GatewayStack, client: httpx.AsyncClient, song: Song) -> None:
    path = f"/v1/jobs/{song.job_id}/retry"
    refused = await client.post(path, headers=KEY)
    assert summary(refused) == (409, "not-failed")
    author = await song.author()
    await song.tell(author.step_started("separate"), author.failed("separate"))
    assert seen(await client.post(path, headers=KEY)) == seen(refused)
    assert (await client.post(path)).status_code == 202


async def test_what_was_refused_before_there_was_an_event_may_be_asked_again(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    author = AssetAuthor(f"ast_{uuid4().hex}", client="cli")
    await gateway.log.append(author.upload_started())
    await gateway.until_folded()
    body = {"assetId": author.asset, "lyrics": "One two"}
    refused = await client.post("/v1/tracks/import", json=body, headers=KEY)
    assert summary(refused) == (409, "asset-not-uploaded")
    await gateway.log.append(author.uploaded())
    await gateway.until_folded()
    assert (await client.post("/v1/tracks/import", json=body, headers=KEY)).status_code == 202


@pytest.mark.parametrize(
    "other",
    [
        {"json": {"lyrics": "Three"}},
        {"headers": {"If-Match": '"v2"'}},
        {"params": {"a": "b"}},
        {"path": "reprocess", "method": "POST", "json": {"steps": ["align"]}},
    ],
)
async def test_a_key_belongs_to_one_payload(client: httpx.AsyncClient, song: Song, other: dict[str, Any]) -> None:
    assert (await edit(client, song, Idempotency_Key="k")).status_code == 201
    asked = {"json": {"lyrics": "One\ntwo"}, **other, "headers": {"If-Match": '"v1"', "Idempotency-Key": "k"}}
    asked["headers"] |= other.get("headers", {})
    path = f"/v1/tracks/{song.track_id}/{asked.pop('path', 'lyrics')}"
    assert summary(await client.request(asked.pop("method", "PATCH"), path, **asked)) == (
        422,
        "idempotency-key-reused",
    )


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000], ids=["cut off", "no text", "too deep"])
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/webhooks/secret/rotate", 201),
        ("POST", f"/v1/webhooks/deliveries/{NOBODY}/redeliver", 404),
        ("POST", f"/v1/webhooks/endpoints/{NOBODY}/enable", 404),
        ("DELETE", "/v1/tracks/trk_1", 404),
    ],
)
async def test_a_route_without_a_body_takes_no_notice_of_one(
    client: httpx.AsyncClient, method: str, path: str, status: int, body: bytes
) -> None:
    headers = {**KEY, "Content-Type": "application/json"}
    answer = await client.request(method, path, content=body, headers=headers)
    assert answer.status_code == status, answer.text


async def test_a_key_is_each_clients_own(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/webhooks/secret/rotate", headers=KEY)
    async with gateway.api("other") as other:
        second = await other.post("/v1/webhooks/secret/rotate", headers=KEY)
    assert first.json()["secret"] != second.json()["secret"]


@pytest.mark.parametrize("key", ["", "a" * 256, "a b", "ключ"])
async def test_a_malformed_key_is_refused(client: httpx.AsyncClient, key: str) -> None:
    headers = httpx.Headers({"Idempotency-Key": key}, encoding="utf-8")
    answer = await client.post("/v1/webhooks/secret/rotate", headers=headers)
    assert summary(answer) == (400, "idempotency-key-invalid")


async def test_of_two_at_once_one_is_told_to_wait_and_there_is_one_event(gateway: GatewayStack) -> None:
    body = {"assetId": await uploaded(gateway), "lyrics": "One two"}
    async with gateway.api() as one, gateway.api() as other:
        answers = await asyncio.gather(
            *(each.post("/v1/tracks/import", json=body, headers=KEY) for each in (one, other, one, other))
        )
        done = [answer for answer in answers if answer.status_code == 202]
        waiting = [answer for answer in answers if answer.status_code != 202]
        assert {summary(answer) for answer in waiting} <= {(409, "request-running")}
        assert all("retry-after" in answer.headers for answer in waiting)
        assert {seen(answer) for answer in done} == {
            seen(await other.post("/v1/tracks/import", json=body, headers=KEY))
        }
    assert len(await imports(gateway)) == 1


async def test_an_answer_survives_a_rebuild(gateway: GatewayStack, client: httpx.AsyncClient, song: Song) -> None:
    first = await edit(client, song, Idempotency_Key="edit")
    await gateway.rebuilding().rebuild()
    assert seen(await edit(client, song, Idempotency_Key="edit")) == seen(first)


async def test_a_late_verdict_is_no_final_answer(gateway: GatewayStack, postgres: str) -> None:
    async with made_gateway(postgres, gateway.log, gateway.objects) as behind:
        body = {"assetId": await uploaded(gateway)}
        late = replace(gateway, private=behind.private)
        async with late.api(wait_s=0) as client:
            first = await client.post("/v1/tracks/import", json=body, headers=KEY)
            assert (first.status_code, "retry-after" in first.headers) == (202, True)
        await gateway.until_folded()
        async with late.api() as client:
            second = await client.post("/v1/tracks/import", json=body, headers=KEY)
            assert (second.json(), second.headers.get("retry-after")) == (first.json(), None)
    assert len(set(await imports(gateway))) == 1


@pytest.mark.parametrize("key", [None, "mine"])
async def test_a_repeat_of_an_unknown_outcome_appends_the_very_same_event(
    gateway: GatewayStack, client: httpx.AsyncClient, key: str | None
) -> None:
    """Without a key the client is given one to repeat with."""
    body = {"assetId": await uploaded(gateway), "lyrics": "One two"}
    assert isinstance(gateway.log, ForgetfulLog)
    gateway.log.forgets = True
    lost = await client.post("/v1/tracks/import", json=body, headers={"Idempotency-Key": key} if key else {})
    gateway.log.forgets = False
    assert summary(lost) == (503, "outcome-unknown")
    assert "retry-after" in lost.headers
    problem = lost.json()
    assert key in (None, problem["idempotencyKey"])
    again = await client.post("/v1/tracks/import", json=body, headers={"Idempotency-Key": problem["idempotencyKey"]})
    assert (again.status_code, again.json()) == (202, {"jobId": problem["jobId"], "trackId": problem["trackId"]})
    appended = await imports(gateway)
    assert (len(appended), len(set(appended))) == (2, 1)
    await gateway.until_folded()
    async with gateway.database.begin() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM track"))).scalar_one() == 1


async def test_an_unknown_outcome_names_no_key_that_could_not_be_kept(gateway: GatewayStack) -> None:
    body = {"assetId": await uploaded(gateway), "lyrics": "One two"}
    assert isinstance(gateway.log, ForgetfulLog)
    gateway.log.forgets = True
    async with replace(gateway, private=NOWHERE).api() as client:
        lost = await client.post("/v1/tracks/import", json=body)
    assert summary(lost) == (503, "outcome-unknown")
    assert lost.json().keys() >= {"jobId", "trackId"}
    assert "idempotencyKey" not in lost.json()


async def test_without_the_table_of_keys_nothing_is_appended(gateway: GatewayStack) -> None:
    body = {"assetId": await uploaded(gateway), "lyrics": "One two"}
    async with replace(gateway, private=NOWHERE).api() as client:
        assert summary(await client.post("/v1/tracks/import", json=body, headers=KEY)) == (503, "unavailable")
    assert await imports(gateway) == []


async def test_what_a_newer_release_began_under_a_key_is_put_off_until_one_answers_that_can_read_it(
    gateway: GatewayStack,
) -> None:
    """Side by side with this release it wrote an event that this one can't read, and its answer is not there yet."""
    body = {"assetId": await uploaded(gateway), "lyrics": "One two"}
    async with gateway.api(wait_s=0) as newer:
        first = await newer.post("/v1/tracks/import", json=body, headers=KEY)
    await written_with_schema(gateway, "urn:aik:schema:track.imported:99")
    async with gateway.api() as client:
        put_off = await client.post("/v1/tracks/import", json=body, headers=KEY)
        assert (*summary(put_off), "retry-after" in put_off.headers) == (503, "unavailable", True)
        await written_with_schema(gateway, TrackImported.schema_uri())
        again = await client.post("/v1/tracks/import", json=body, headers=KEY)
    assert (again.status_code, again.json()["trackId"]) == (202, first.json()["trackId"])
    assert len(set(await imports(gateway))) == 1


async def written_with_schema(gateway: GatewayStack, schema: str) -> None:
    """As if the event that is kept under the key had this schema."""
    async with gateway.private.begin() as connection:
        changed = "UPDATE request_key SET headers = jsonb_set(headers, '{ce_dataschema}', to_jsonb(CAST(:s AS text)))"
        await connection.execute(text(changed), {"s": schema})
