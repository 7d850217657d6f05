"""Tracks changed and deleted by their client."""

from typing import Any

import httpx
import pytest
from aik_events.catalogue import TrackDeleted, TrackDetailsChanged

from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import Fading, GatewayStack

HOOK = "http://127.0.0.1:9/hook"


def summary(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_what_is_named_is_changed_and_what_is_null_is_cleared(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}"
    first = await client.patch(path, json={"title": "Quiet River", "artist": "Someone"})
    assert (first.status_code, first.json()["title"], first.json()["artist"]) == (200, "Quiet River", "Someone")
    second = await client.patch(path, json={"artist": None})
    assert (second.json()["title"], second.json()["artist"]) == ("Quiet River", None)
    assert (await client.get(path)).json() == second.json()
    event = (await song.events())[-1]
    assert isinstance(event, TrackDetailsChanged)
    assert (event.changed, event.title, event.artist) == (("artist",), None, None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (422, "validation-failed")),
        ({"title": ""}, (422, "validation-failed")),
        ({"name": "x"}, (422, "validation-failed")),
        ({"callbackUrl": "http://10.0.0.1/"}, (422, "callback-url-invalid")),
        ({"callbackUrl": HOOK}, (409, "webhook-secret-missing")),
    ],
)
async def test_what_cannot_be_changed_is_refused_and_leaves_no_event(
    gateway: GatewayStack, client: httpx.AsyncClient, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    song = await imported(gateway, client)
    assert summary(await client.patch(f"/v1/tracks/{song.track_id}", json=body)) == expected
    assert len(await song.events()) == 1


async def test_a_callback_given_later_is_told_what_happens_then(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    await client.post("/v1/webhooks/secret/rotate")
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}"
    assert (await client.get(path)).json()["callbackUrl"] is None
    assert (await client.patch(path, json={"callbackUrl": HOOK})).json()["callbackUrl"] == HOOK
    assert (await client.get(path)).json()["callbackUrl"] == HOOK
    await song.publish()
    [delivery] = (await client.get("/v1/webhooks/deliveries")).json()["items"]
    assert (delivery["type"], delivery["request"]["url"]) == ("track.ready", HOOK)


async def test_a_change_is_told_even_when_its_rows_cannot_be_read(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    async with gateway.api(read_model=Fading(gateway.database)) as fading:
        answer = await fading.patch(f"/v1/tracks/{song.track_id}", json={"title": "New"})
    assert (answer.status_code, answer.json()) == (202, {"trackId": song.track_id})
    assert (await client.get(f"/v1/tracks/{song.track_id}")).json()["title"] == "New"


async def test_a_deleted_track_is_gone_everywhere_and_its_job_is_canceled(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    await client.post("/v1/webhooks/secret/rotate")
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}"
    await client.patch(path, json={"callbackUrl": HOOK})
    await client.patch(f"{path}/lyrics", json={"lyrics": "New"}, headers={"If-Match": '"v1"'})
    [delivery] = (await client.get("/v1/webhooks/deliveries")).json()["items"]
    answer = await client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    event = (await song.events())[-1]
    assert isinstance(event, TrackDeleted)
    job = (await song.author()).state.job
    assert job is not None
    assert job.state == "canceled"
    reads = [path, *(f"{path}/{part}" for part in ("ready", "lyrics", "assets", "versions"))]
    reads += [f"/v1/jobs/{song.job_id}", f"/v1/jobs/{song.job_id}/events"]
    answers = [await client.get(each) for each in reads]
    answers.append(await client.get(reads[-1], headers={"Accept": "text/event-stream"}))
    answers += [await client.delete(path), await client.patch(path, json={"title": "x"})]
    answers.append(await client.patch(f"{path}/lyrics", json={"lyrics": "x"}, headers={"If-Match": '"v1"'}))
    answers.append(await client.post(f"{path}/reprocess", json={"steps": ["align"]}))
    answers += [await client.post(f"/v1/jobs/{song.job_id}/{command}") for command in ("cancel", "retry")]
    answers.append(await client.post(f"/v1/webhooks/deliveries/{delivery['deliveryId']}/redeliver"))
    assert [summary(one) for one in answers] == [(404, "deleted")] * len(answers)
    [withdrawn] = (await client.get("/v1/webhooks/deliveries")).json()["items"]
    assert withdrawn["state"] == "withdrawn"


async def test_another_clients_track_is_neither_changed_nor_deleted(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}"
    async with gateway.api("other") as other:
        answers = [await other.patch(path, json={"title": "Mine"}), await other.delete(path)]
    assert [summary(answer) for answer in answers] == [(404, "unknown-track")] * 2
    assert len(await song.events()) == 1
