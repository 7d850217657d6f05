"""What is read of a track and its jobs: which version, under which ETag, and why there is none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.pipeline.gateway_song import Song, imported
from tests.pipeline.gateway_stack import GatewayStack


def summary(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def edited(client: httpx.AsyncClient, song: Song, number: int, **fields: Any) -> httpx.Response:
    """A new version after this one."""
    edit = {"lyrics": f"Edit of {number}", **fields}
    path = f"/v1/tracks/{song.track_id}/lyrics"
    answer = await client.patch(path, json=edit, headers={"If-Match": f'"v{number}"'})
    assert answer.status_code == 201, answer.text
    return answer


async def test_every_version_that_is_not_served_says_why(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    """1 is published, 2 failed, 3 canceled, 4 a draft that becomes processing."""
    song = await imported(gateway, client)
    await song.publish()
    path = f"/v1/tracks/{song.track_id}"
    await edited(client, song, 1, reprocess=["align"])
    author = await song.author()
    await song.tell(author.step_started("align"), author.failed("align"))
    job_id = (await edited(client, song, 2, reprocess=["align"])).json()["jobId"]
    await client.post(f"/v1/jobs/{job_id}/cancel")
    await edited(client, song, 3)
    known = {2: (409, "job-failed"), 3: (409, "job-canceled"), 5: (404, "unknown-version")}
    for part in ("ready", "assets"):
        expected = {**known, 4: (409, "version-not-published")}
        answers = {number: await client.get(f"{path}/{part}", params={"version": number}) for number in expected}
        assert {number: summary(answer) for number, answer in answers.items()} == expected
        assert {answer.headers["cache-control"] for answer in answers.values()} == {"no-store"}
        for query in ("", "?version=1"):
            served = await client.get(f"{path}/{part}{query}")
            assert (served.status_code, served.json()["version"]) == (200, 1)
        assert (await client.get(f"{path}/{part}?version=0")).status_code == 422
    await client.post(f"{path}/reprocess", json={"steps": ["align"]})
    processing = await client.get(f"{path}/ready?version=4")
    assert summary(processing) == (425, "not-ready")
    about = {"trackId": song.track_id, "version": 4, "state": "queued", "step": "align", "percent": 0}
    assert {name: processing.json()[name] for name in about} == about
    assert processing.json()["etaMs"] is not None or processing.headers["retry-after"] == "3"
    assert (await client.get(f"{path}/ready")).json()["version"] == 1


async def test_before_anything_is_published_the_newest_job_says_why(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}"
    for part in ("ready", "assets"):
        assert summary(await client.get(f"{path}/{part}")) == (425, "not-ready")
    author = await song.author()
    await song.tell(author.step_started("separate"), author.failed("separate", code="silent-audio"))
    answer = await client.get(f"{path}/ready")
    assert (summary(answer), answer.json()["jobId"]) == ((409, "job-failed"), song.job_id)
    failure = {"step": "separate", "code": "silent-audio", "detail": "the engine stopped", "retryable": True}
    assert answer.json()["failure"] == {**failure, "attempts": 1}
    assert (await client.get(f"/v1/jobs/{song.job_id}")).json()["failure"] == answer.json()["failure"]
    await client.post(f"/v1/jobs/{song.job_id}/retry")
    assert summary(await client.get(f"{path}/ready")) == (425, "not-ready")
    await client.post(f"/v1/jobs/{song.job_id}/cancel")
    assert summary(await client.get(f"{path}/ready")) == (409, "job-canceled")


@pytest.mark.parametrize("part", ["ready", "assets", "lyrics"])
async def test_what_a_client_knows_is_not_sent_again_until_it_is_another_version(
    gateway: GatewayStack, client: httpx.AsyncClient, part: str
) -> None:
    song = await imported(gateway, client)
    await song.publish()
    path = f"/v1/tracks/{song.track_id}/{part}"
    first = await client.get(path)
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    kept = ("cache-control", "etag")
    assert [again.headers[name] for name in kept] == [first.headers[name] for name in kept]
    other = await client.get(path, headers={"If-None-Match": '"v1.0000000000000000"'})
    assert (other.status_code, other.headers["etag"]) == (200, first.headers["etag"])
    await edited(client, song, 1, reprocess=["align"])
    await song.publish()
    newer = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (newer.status_code, newer.json()["version"]) == (200, 2)
    assert newer.headers["etag"] != first.headers["etag"]


async def test_lyrics_are_there_before_anything_is_aligned(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client, "One two\nthree")
    path = f"/v1/tracks/{song.track_id}/lyrics"
    imported_ = (await client.get(path)).json()
    assert (imported_["version"], imported_["sourceText"]) == (1, "One two\nthree")
    assert [(line["text"], line["startMs"], line["endMs"]) for line in imported_["lines"]] == [
        ("One two", None, None),
        ("three", None, None),
    ]
    author = await song.author()
    await song.tell(author.step_started("separate"), author.failed("separate"))
    answer = await edited(client, song, 1)
    draft = await client.get(path)
    assert (draft.json()["version"], draft.json()["sourceText"]) == (2, "Edit of 1")
    assert draft.headers["etag"] == answer.headers["etag"]
    assert draft.headers["etag"].startswith('"v2.')
    failed = await client.get(f"{path}?version=1")
    assert (failed.status_code, failed.json()["sourceText"]) == (200, "One two\nthree")
    assert summary(await client.get(f"{path}?version=3")) == (404, "unknown-version")


async def test_a_track_and_its_job_have_every_field_of_the_contract(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    await song.tell((await song.author()).step_started("separate"))
    job = (await client.get(f"/v1/jobs/{song.job_id}")).json()
    ids = {"jobId": song.job_id, "trackId": song.track_id, "version": 1}
    at = {"state": "running", "step": "separate", "percent": 0, "etaMs": None, "attempt": 1, "failure": None}
    assert {**job, "steps": []} == {**ids, **at, "steps": []}
    waiting = {"percent": 0, "etaMs": None, "slaMs": None, "startedAt": None, "finishedAt": None}
    started = {"step": "separate", "state": "running", "attempt": 1, "slaMs": 60_000}
    assert job["steps"] == [
        {**waiting, **started, "startedAt": job["steps"][0]["startedAt"]},
        *({**waiting, "step": step, "state": "waiting", "attempt": 0} for step in ("align", "check", "publish")),
    ]
    track = (await client.get(f"/v1/tracks/{song.track_id}")).json()
    details = {"title": None, "artist": None, "language": None, "callbackUrl": None, "durationMs": None}
    versions = {"newestVersion": 1, "publishedVersion": None}
    known = {"trackId": song.track_id, **details, **versions, "job": job, "createdAt": track["createdAt"]}
    assert track == known
    await song.publish()
    track = (await client.get(f"/v1/tracks/{song.track_id}")).json()
    assert (track["publishedVersion"], track["job"]["state"]) == (1, "succeeded")
    assert track["durationMs"] > 0


async def test_an_answer_that_is_given_for_half_a_life_has_a_url_that_lives_that_much_longer(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    """So even the last to get it has the URL for as long as the song, and five minutes."""
    song = await imported(gateway, client)
    await song.publish()
    asked = datetime.now(UTC)
    first, again = [(await client.get(f"/v1/tracks/{song.track_id}/ready")).json() for _ in range(2)]
    assert first == again
    life = datetime.fromisoformat(first["minusUrlExpiresAt"]) - asked
    assert timedelta(seconds=900) <= life <= timedelta(seconds=910)
