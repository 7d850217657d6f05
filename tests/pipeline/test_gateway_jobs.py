"""Jobs as a client commands them: canceled and retried, whichever api process is asked."""

import asyncio
from typing import Any

import httpx
from aik_events.catalogue import JobCanceled, JobRetried

from tests.pipeline.gateway_song import Song, imported
from tests.pipeline.gateway_stack import Fading, GatewayStack


def summary(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def states(job: dict[str, Any]) -> tuple[str, list[str]]:
    return job["state"], [step["state"] for step in job["steps"]]


async def failed(gateway: GatewayStack, client: httpx.AsyncClient, code: str = "engine-failed") -> Song:
    """A song whose job failed at the check; what is before it is done."""
    song = await imported(gateway, client)
    author = await song.author()
    await song.tell(*author.went_through("separate", "align"))
    await song.tell(author.step_started("check"), author.failed("check", code=code))
    return song


async def test_a_canceled_job_answers_as_it_is_then_and_stays_so(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    author = await song.author()
    await song.tell(*author.went_through("separate"), author.step_started("align"))
    answer = await client.post(f"/v1/jobs/{song.job_id}/cancel")
    assert (answer.status_code, states(answer.json())) == (
        200,
        ("canceled", ["succeeded", "canceled", "canceled", "canceled"]),
    )
    event = (await song.events())[-1]
    assert isinstance(event, JobCanceled)
    assert (event.meta.subject, event.meta.client_id, event.job_id) == (song.track_id, "cli", song.job_id)
    await song.tell(author.finished("align"))
    assert (await client.get(f"/v1/jobs/{song.job_id}")).json() == answer.json()
    assert summary(await client.get(f"/v1/tracks/{song.track_id}/ready")) == (409, "job-canceled")


async def test_a_queued_job_is_canceled_too(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    answer = await client.post(f"/v1/jobs/{song.job_id}/cancel", json={})
    assert (answer.status_code, answer.json()["state"]) == (200, "canceled")


async def test_what_has_ended_cannot_be_canceled(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    broken, published, canceled = [await failed(gateway, client), *[await imported(gateway, client) for _ in range(2)]]
    await published.publish()
    await client.post(f"/v1/jobs/{canceled.job_id}/cancel")
    for song in (broken, published, canceled):
        before = (await client.get(f"/v1/jobs/{song.job_id}")).json()
        assert summary(await client.post(f"/v1/jobs/{song.job_id}/cancel")) == (409, "job-closed")
        assert (await client.get(f"/v1/jobs/{song.job_id}")).json() == before


async def test_of_two_cancels_at_once_one_is_accepted(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    """Through two processes: each finds the job open, and the log says who was first."""
    song = await imported(gateway, client)
    async with gateway.api() as other:
        answers = await asyncio.gather(*(api.post(f"/v1/jobs/{song.job_id}/cancel") for api in (client, other)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [answer.json()["code"] for answer in answers if answer.status_code == 409] == ["job-closed"]
    assert [event.type for event in (await song.events())[-2:]] == ["job.canceled", "job.canceled"]


async def test_a_retry_goes_on_from_the_failed_step(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await failed(gateway, client)
    answer = await client.post(f"/v1/jobs/{song.job_id}/retry")
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/v1/jobs/{song.job_id}")
    assert states(job) == ("running", ["succeeded", "succeeded", "waiting", "waiting"])
    assert (job["attempt"], job["step"], job["failure"]) == (2, "check", None)
    event = (await song.events())[-1]
    assert isinstance(event, JobRetried)
    assert (event.job_id, event.accept_qc) == (song.job_id, False)
    await song.publish()
    assert (await client.get(f"/v1/tracks/{song.track_id}/ready")).status_code == 200


async def test_what_the_check_refused_may_be_accepted(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await failed(gateway, client, "qc-failed")
    assert (await client.post(f"/v1/jobs/{song.job_id}/retry", json={"acceptQc": True})).status_code == 202
    event = (await song.events())[-1]
    assert isinstance(event, JobRetried)
    assert event.accept_qc


async def test_what_the_check_refused_may_be_edited_and_published(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await failed(gateway, client, "qc-failed")
    lyrics = f"/v1/tracks/{song.track_id}/lyrics"
    edit = {"lyrics": "What is really sung", "reprocess": ["align"]}
    edited = await client.patch(lyrics, json=edit, headers={"If-Match": '"v1"'})
    assert (edited.status_code, edited.json()["version"]) == (201, 2)
    await song.publish()
    ready = (await client.get(f"/v1/tracks/{song.track_id}/ready")).json()
    assert ready["version"] == 2
    versions = (await client.get(f"/v1/tracks/{song.track_id}/versions")).json()["items"]
    assert [(one["version"], one["state"]) for one in versions] == [(2, "published"), (1, "failed")]


async def test_what_has_not_failed_cannot_be_retried(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    open_, canceled, published = [await imported(gateway, client) for _ in range(3)]
    await client.post(f"/v1/jobs/{canceled.job_id}/cancel")
    await published.publish()
    for song in (open_, canceled, published):
        assert summary(await client.post(f"/v1/jobs/{song.job_id}/retry")) == (409, "not-failed")


async def test_only_a_refusal_of_the_check_can_be_accepted(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await failed(gateway, client)
    answer = await client.post(f"/v1/jobs/{song.job_id}/retry", json={"acceptQc": True})
    assert summary(answer) == (409, "not-qc-failed")


async def test_only_the_newest_job_can_be_retried(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await failed(gateway, client)
    await client.post(f"/v1/tracks/{song.track_id}/reprocess", json={"steps": ["align"]})
    assert summary(await client.post(f"/v1/jobs/{song.job_id}/retry")) == (409, "not-newest")


async def test_a_field_that_is_not_known_is_refused(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await failed(gateway, client)
    for command in ("cancel", "retry"):
        answer = await client.post(f"/v1/jobs/{song.job_id}/{command}", json={"acceptQC": True})
        assert summary(answer) == (422, "validation-failed")


async def test_another_clients_job_is_not_there(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await failed(gateway, client)
    before = await song.events()
    async with gateway.api("other") as other:
        for job_id in (song.job_id, "job_0"):
            answers = [await other.post(f"/v1/jobs/{job_id}/{command}") for command in ("cancel", "retry")]
            answers.append(await other.get(f"/v1/jobs/{job_id}/events"))
            assert [summary(answer) for answer in answers] == [(404, "unknown-job")] * 3
    assert await song.events() == before


async def test_what_has_happened_is_told_even_when_its_rows_cannot_be_read(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await failed(gateway, client)
    for command, state in (("retry", "running"), ("cancel", "canceled")):
        async with gateway.api(read_model=Fading(gateway.database)) as fading:
            answer = await fading.post(f"/v1/jobs/{song.job_id}/{command}")
        assert (answer.status_code, answer.json()) == (202, {"jobId": song.job_id, "trackId": song.track_id})
        assert (await client.get(f"/v1/jobs/{song.job_id}")).json()["state"] == state


async def told(client: httpx.AsyncClient, job_id: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/jobs/{job_id}/events")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def verdicts(items: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(item["type"], item["reason"]) for item in items]


async def test_the_timeline_has_what_was_rejected_with_the_reason(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    author = await song.author()
    await song.tell(author.step_started("separate"), author.finished("check"))
    for _ in range(2):
        await client.post(f"/v1/jobs/{song.job_id}/cancel")
    await song.tell(author.finished("separate"))
    items = await told(client, song.job_id)
    assert verdicts(items) == [
        ("track.imported", None),
        ("job.step_started", None),
        ("track.checked", "out-of-order"),
        ("job.canceled", None),
        ("job.canceled", "job-closed"),
        ("track.separated", "late"),
    ]
    assert items[2]["detail"] == "the job is at separate"
    assert [item["id"] for item in items] == [event.meta.id for event in await song.events()]
    assert [item["accepted"] for item in items] == [item["reason"] is None for item in items]
    offsets = [item["offset"] for item in items]
    assert offsets == sorted(offsets)


async def test_the_timeline_shows_each_try_with_what_went_wrong(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    author = await song.author()
    await song.tell(
        author.step_started("separate"),
        author.step_failed("separate", code="out-of-memory", detail="8 GiB were not enough", retry_in_ms=2500),
        author.step_started("separate", attempt=2),
        author.failed("separate", attempt=2),
    )
    await client.post(f"/v1/jobs/{song.job_id}/retry")
    opened, started, failed, again, broken, retried = [item["about"] for item in await told(client, song.job_id)]
    assert opened == {"steps": ["separate", "align", "check", "publish"]}
    one = {"run": 0, "step": "separate", "attempt": 1}
    assert started == {**one, "slaMs": 60_000}
    assert failed == {**one, "code": "out-of-memory", "detail": "8 GiB were not enough", "retryInMs": 2500}
    assert again == {**one, "attempt": 2, "slaMs": 60_000}
    known = {"code": "engine-failed", "detail": "the engine stopped", "retryable": True}
    assert broken == {**one, "attempt": 2, **known}
    assert retried == {"acceptQc": False}


async def test_a_timeline_is_of_one_job_only(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    await song.publish()
    edit = {"lyrics": "Four", "reprocess": ["align"]}
    answer = await client.patch(f"/v1/tracks/{song.track_id}/lyrics", json=edit, headers={"If-Match": '"v1"'})
    await client.post(f"/v1/jobs/{answer.json()['jobId']}/cancel")
    assert [kind for kind, _ in verdicts(await told(client, song.job_id))] == [
        "track.imported",
        *["job.step_started", "track.separated", "job.step_started", "track.aligned"],
        *["job.step_started", "track.checked", "job.step_started", "track.published"],
    ]
    assert verdicts(await told(client, answer.json()["jobId"])) == [("lyrics.updated", None), ("job.canceled", None)]


async def test_a_timeline_comes_in_pages_the_oldest_first(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    await song.publish()
    whole = await told(client, song.job_id)
    pages: list[list[dict[str, Any]]] = []
    path, cursor = f"/v1/jobs/{song.job_id}/events", None
    while cursor is not None or not pages:
        query: dict[str, Any] = {"limit": 4, **({"cursor": cursor} if cursor else {})}
        page = (await client.get(path, params=query)).json()
        pages.append(page["items"])
        cursor = page["nextCursor"]
    assert [len(page) for page in pages] == [4, 4, 1]
    assert [event for page in pages for event in page] == whole


async def test_an_event_that_comes_again_is_told_once(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    author = await song.author()
    started = author.step_started("separate")
    await song.tell(started, author.finished("separate"), started)
    assert verdicts(await told(client, song.job_id)) == [
        ("track.imported", None),
        ("job.step_started", None),
        ("track.separated", None),
    ]


async def test_the_time_left_is_learned_from_the_songs_before(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    """Each step of the song before took a second."""
    before = await imported(gateway, client)
    job = (await client.get(f"/v1/jobs/{before.job_id}")).json()
    assert [job["etaMs"], *(step["etaMs"] for step in job["steps"])] == [None] * 5
    await before.publish()
    song = await imported(gateway, client)
    async with gateway.api() as learned:
        job = (await learned.get(f"/v1/jobs/{song.job_id}")).json()
        assert [job["etaMs"], *(step["etaMs"] for step in job["steps"])] == [4000, 1000, 1000, 1000, 1000]
        early = await learned.get(f"/v1/tracks/{song.track_id}/ready")
        assert (early.headers["retry-after"], early.json()["etaMs"], early.json()["slaMs"]) == ("4", 4000, None)
        assert (await learned.get(f"/v1/tracks/{song.track_id}")).json()["job"]["etaMs"] == 4000
