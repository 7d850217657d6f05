"""Lists: pages by keyset, newest first, filtered by state."""

from typing import Any

import httpx
import pytest

from tests.pipeline.gateway_song import imported
from tests.pipeline.gateway_stack import GatewayStack


async def pages(client: httpx.AsyncClient, path: str, **query: Any) -> list[list[dict[str, Any]]]:
    """Every page of the list."""
    found: list[list[dict[str, Any]]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await client.get(path, params={**query, **cursor})
        assert answer.status_code == 200, answer.text
        assert answer.json().keys() == {"items", "nextCursor"}
        found.append(answer.json()["items"])
        if answer.json()["nextCursor"] is None:
            return found
        cursor = {"cursor": answer.json()["nextCursor"]}


async def ids(client: httpx.AsyncClient, **query: Any) -> list[list[str]]:
    return [[item["trackId"] for item in page] for page in await pages(client, "/v1/tracks", **query)]


async def test_tracks_come_in_pages_newest_first(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    made = [(await imported(gateway, client)).track_id for _ in range(5)][::-1]
    assert await ids(client) == [made]
    assert await ids(client, limit=2) == [made[:2], made[2:4], made[4:]]
    assert await ids(client, limit=5) == [made]
    [first] = await pages(client, "/v1/tracks")
    assert first[0] == (await client.get(f"/v1/tracks/{made[0]}")).json()


async def test_what_is_added_meanwhile_moves_nothing(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    made = [(await imported(gateway, client)).track_id for _ in range(3)][::-1]
    first = (await client.get("/v1/tracks", params={"limit": 2})).json()
    await imported(gateway, client)
    second = (await client.get("/v1/tracks", params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert [item["trackId"] for item in first["items"] + second["items"]] == made
    assert second["nextCursor"] is None


async def test_tracks_are_found_by_the_state_of_their_newest_job(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    queued, canceled, published = [await imported(gateway, client) for _ in range(3)]
    await client.post(f"/v1/jobs/{canceled.job_id}/cancel")
    await published.publish()
    found = {state: await ids(client, state=state) for state in ("queued", "canceled", "succeeded", "failed")}
    assert found == {
        "queued": [[queued.track_id]],
        "canceled": [[canceled.track_id]],
        "succeeded": [[published.track_id]],
        "failed": [[]],
    }
    await client.post(f"/v1/tracks/{published.track_id}/reprocess", json={"steps": ["align"]})
    assert await ids(client, state="queued") == [[published.track_id, queued.track_id]]


async def test_a_list_has_nothing_of_other_clients_and_nothing_deleted(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    kept, gone = [await imported(gateway, client) for _ in range(2)]
    await client.delete(f"/v1/tracks/{gone.track_id}")
    assert await ids(client) == [[kept.track_id]]
    async with gateway.api("other") as other:
        for path in ("/v1/tracks", "/v1/webhooks/deliveries", "/v1/webhooks/endpoints"):
            assert await pages(other, path) == [[]]


async def test_versions_come_in_pages_and_by_state(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    await song.publish()
    path = f"/v1/tracks/{song.track_id}"
    for number in (1, 2, 3):
        edit = {"lyrics": f"Edit {number}"}
        await client.patch(f"{path}/lyrics", json=edit, headers={"If-Match": f'"v{number}"'})
    found = await pages(client, f"{path}/versions", limit=3)
    assert [[version["version"] for version in page] for page in found] == [[4, 3, 2], [1]]
    [[published]] = await pages(client, f"{path}/versions", state="published")
    assert {name: published[name] for name in ("version", "state", "origin", "basedOn", "jobId")} == {
        "version": 1,
        "state": "published",
        "origin": "import",
        "basedOn": None,
        "jobId": song.job_id,
    }
    assert published["publishedAt"] is not None
    assert published["qc"]["verdict"] == "pass"


LISTS = ("/v1/tracks", "/v1/webhooks/deliveries", "/v1/webhooks/endpoints")


@pytest.mark.parametrize("path", LISTS)
async def test_what_a_list_cannot_be_asked_is_refused(client: httpx.AsyncClient, path: str) -> None:
    for query in ({"limit": "0"}, {"limit": "101"}, {"state": "nowhere"}, {"cursor": "x" * 201}):
        answer = await client.get(path, params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    answer = await client.get(path, params={"cursor": "none of ours"})
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor-invalid")


async def test_a_cursor_is_good_for_its_own_list_alone(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    songs = [await imported(gateway, client) for _ in range(2)]
    for song in songs:
        lyrics = f"/v1/tracks/{song.track_id}/lyrics"
        await client.patch(lyrics, json={"lyrics": "New"}, headers={"If-Match": '"v1"'})
    first, second = (f"/v1/tracks/{song.track_id}/versions" for song in songs)
    for source, others in (("/v1/tracks", (*LISTS[1:], first)), (first, (*LISTS, second))):
        cursor = (await client.get(source, params={"limit": 1})).json()["nextCursor"]
        assert (await client.get(source, params={"cursor": cursor})).status_code == 200
        for other in others:
            answer = await client.get(other, params={"cursor": cursor})
            assert (answer.status_code, answer.json()["code"]) == (422, "cursor-invalid")
