"""A job's stream: live, through any process, and taken up again with nothing lost and nothing repeated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from aik_events.catalogue import StepProgressed
from aik_gateway.api import job_stream
from aik_gateway.readmodel.models.timeline import TimelineRow
from aik_gateway.readmodel.models.tracks import JobRow
from aik_gateway.readmodel.queries import ReadModel
from sqlalchemy.exc import OperationalError

from tests.pipeline.gateway_song import Song, imported
from tests.pipeline.gateway_stack import GatewayStack, in_background
from tests.pipeline.listening import Message, Served, served
from tests.pipeline.stack import meta

STREAM = {"Accept": "text/event-stream"}


@pytest.fixture
async def one(gateway: GatewayStack) -> AsyncIterator[Served]:
    async with served(gateway) as process:
        yield process


@pytest.fixture
async def other(gateway: GatewayStack) -> AsyncIterator[Served]:
    async with served(gateway) as process:
        yield process


async def timeline(client: httpx.AsyncClient, job_id: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/jobs/{job_id}/events")
    return [item for item in answer.json()["items"] if item["accepted"]]


def offsets(messages: list[Message]) -> list[str | None]:
    return [message.id for message in messages]


async def test_what_happens_is_heard_through_every_process(gateway: GatewayStack, one: Served, other: Served) -> None:
    song = await imported(gateway, one.client)
    async with one.listening(song.job_id) as here, other.listening(song.job_id) as there:
        assert here.answer.headers["content-type"].startswith("text/event-stream")
        assert [(await each.next()).job["state"] for each in (here, there)] == ["queued"] * 2
        await song.tell((await song.author()).step_started("separate"))
        for each in (here, there):
            message = await each.next()
            assert (message.event, message.job["state"], message.job["step"]) == ("state", "running", "separate")
        canceled = await one.client.post(f"/v1/jobs/{song.job_id}/cancel")
        last = [await each.rest() for each in (here, there)]
    assert [[(message.event, message.job) for message in rest] for rest in last] == [[("state", canceled.json())]] * 2


async def test_a_song_is_told_event_by_event_until_its_end(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    async with one.listening(song.job_id) as listener:
        first = await listener.next()
        await song.publish()
        rest = await listener.rest()
    assert [(message.event, message.job["state"], message.job["percent"]) for message in [first, *rest]] == [
        ("state", "queued", 0),
        ("state", "running", 0),
        *[("step", "running", percent) for percent in (25, 25, 50, 50, 75, 75)],
        ("state", "succeeded", 100),
    ]
    assert offsets([first, *rest]) == [str(item["offset"]) for item in await timeline(one.client, song.job_id)]
    assert rest[-1].job == (await one.client.get(f"/v1/jobs/{song.job_id}")).json()
    await one.until_nobody_listens()


async def test_taken_up_elsewhere_nothing_is_lost_and_nothing_repeated(
    gateway: GatewayStack, one: Served, other: Served
) -> None:
    """The listener loses its process after each message, and goes on at the other one."""
    song = await imported(gateway, one.client)
    told: list[Message] = []

    async def listen() -> None:
        while not told or told[-1].job["state"] != "succeeded":
            process = (one, other)[len(told) % 2]
            async with process.listening(song.job_id, "0" if not told else told[-1].id) as listener:
                with suppress(EOFError):  # The job has failed, and is not retried yet.
                    told.append(await listener.next())

    async with in_background(listen()):
        author = await song.author()
        await song.tell(author.step_started("separate"), author.finished("check"), author.step_failed("separate"))
        await song.tell(author.failed("separate", attempt=2))
        await one.client.post(f"/v1/jobs/{song.job_id}/retry")
        await song.publish()
        async with asyncio.timeout(20):
            while not told or told[-1].job["state"] != "succeeded":
                await asyncio.sleep(0.01)
    known = await timeline(one.client, song.job_id)
    assert offsets(told) == [str(item["offset"]) for item in known if item["offset"] > 0]
    async with other.listening(song.job_id, "0") as listener:
        assert [(m.event, m.id, m.job["state"]) for m in await listener.rest()] == [
            (m.event, m.id, m.job["state"]) for m in told
        ]


async def test_who_has_seen_it_all_is_told_that_nothing_will_come(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    await one.client.post(f"/v1/jobs/{song.job_id}/cancel")
    last = str((await timeline(one.client, song.job_id))[-1]["offset"])
    path = f"/v1/jobs/{song.job_id}/events"
    answer = await one.client.get(path, headers={**STREAM, "Last-Event-ID": last})
    assert (answer.status_code, answer.content) == (204, b"")
    async with one.listening(song.job_id) as listener:
        assert [(m.event, m.id, m.job["state"]) for m in await listener.rest()] == [("state", last, "canceled")]


async def test_an_id_that_no_message_can_have_is_refused(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    for last in ("x", "-1", "1.5", "9" * 19, "1 2"):
        headers = {**STREAM, "Last-Event-ID": last}
        answer = await one.client.get(f"/v1/jobs/{song.job_id}/events", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


async def test_after_a_place_that_the_log_has_not_reached_nothing_is_told(gateway: GatewayStack, one: Served) -> None:
    """Another log may have had it. The end is after no place that is further on, so the process ends the stream."""
    song = await imported(gateway, one.client)
    async with one.listening(song.job_id, "999999999") as listener, one.listening(song.job_id) as witness:
        await witness.next()
        await one.client.post(f"/v1/jobs/{song.job_id}/cancel")
        assert [message.job["state"] for message in await witness.rest()] == ["canceled"]
        one.gateway.feeds.end()
        assert await listener.rest() == []


async def test_a_stream_ends_with_the_job_however_its_pages_fall(
    gateway: GatewayStack, one: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_stream, "PAGE", 1)
    song = await imported(gateway, one.client)
    async with one.listening(song.job_id, "0") as listener:
        await one.client.post(f"/v1/jobs/{song.job_id}/cancel")
        async with asyncio.timeout(10):
            assert [message.job["state"] for message in await listener.rest()] == ["canceled"]


async def test_another_clients_stream_is_not_there(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    headers = {**STREAM, "X-Client-Id": "other"}
    answer = await one.client.get(f"/v1/jobs/{song.job_id}/events", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown-job")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_stream_is_for_those_who_ask_for_it(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    await one.client.post(f"/v1/jobs/{song.job_id}/cancel")
    for accept, kind in (("text/event-stream", "text/event-stream"), ("*/*", "application/json")):
        answer = await one.client.get(f"/v1/jobs/{song.job_id}/events", headers={"Accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == kind
        assert "Accept" in answer.headers["vary"]


async def test_a_deletion_ends_the_stream_with_the_job_canceled(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    async with one.listening(song.job_id) as listener:
        await listener.next()
        await song.tell((await song.author()).deleted())
        assert [(m.event, m.job["state"]) for m in await listener.rest()] == [("state", "canceled")]


def progressed(song: Song, share: float, step: str = "separate") -> StepProgressed:
    about = {"job_id": song.job_id, "run": 0, "step": step, "attempt": 1, "share": share}
    return StepProgressed.model_validate({"meta": meta(song.track_id), **about})


async def test_progress_is_told_without_an_id_and_only_the_latest(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    await song.tell((await song.author()).step_started("separate"))
    async with one.listening(song.job_id) as listener:
        assert (await listener.next()).event == "state"
        for percent in range(1, 51):
            one.gateway.progress.hear(progressed(song, percent / 100))
        message = await listener.next()
        assert (message.event, message.id, message.job["steps"][0]["percent"]) == ("progress", None, 50)
    async with one.listening(song.job_id) as again:
        told = [await again.next(), await again.next()]
        assert [(m.event, m.job["steps"][0]["percent"]) for m in told] == [("state", 0), ("progress", 50)]
        one.gateway.progress.hear(progressed(song, 0.9, step="align"))
        await song.tell((await song.author()).finished("separate"))
        assert (await again.next()).event == "step"


async def test_a_silent_stream_shows_that_it_lives(
    gateway: GatewayStack, one: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_stream, "HEARTBEAT_S", 0.05)
    song = await imported(gateway, one.client)
    async with one.listening(song.job_id) as listener:
        blocks = [await listener.block() for _ in range(4)]
    assert blocks[0][0] == "retry: 2000"
    assert blocks[2:] == [[": still here"]] * 2


async def test_a_listener_that_went_away_leaves_nothing(gateway: GatewayStack, one: Served) -> None:
    song = await imported(gateway, one.client)
    async with one.listening(song.job_id) as listener, one.listening(song.job_id) as second:
        await listener.next()
        await second.next()
        assert one.gateway.feeds.listeners == 2
    await one.until_nobody_listens()


async def test_a_process_that_is_told_to_end_ends_its_streams(gateway: GatewayStack) -> None:
    loop = asyncio.get_running_loop()
    async with served(gateway) as process:
        song = await imported(gateway, process.client)
        async with process.listening(song.job_id) as listener:
            await listener.next()
            before = loop.time()
            process.gateway.feeds.end()
            assert await listener.rest() == []
    assert loop.time() - before < 2


class Watched(ReadModel):
    """Counts the looks of listeners, and breaks when it is told to."""

    looks, is_away = 0, False

    async def told(self, job: JobRow, after: int, limit: int) -> list[TimelineRow]:
        self.looks += 1
        if self.is_away:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return await super().told(job, after, limit)


async def test_an_outage_of_postgres_is_waited_out(gateway: GatewayStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_stream, "AGAIN_S", 0.05)
    read_model = Watched(gateway.database)
    async with served(gateway, read_model=read_model) as process:
        song = await imported(gateway, process.client)
        read_model.is_away = True
        async with process.listening(song.job_id) as listener:
            await listener.next()
            await song.tell((await song.author()).step_started("separate"))
            read_model.is_away = False
            assert (await listener.next()).job["state"] == "running"


async def test_many_listeners_of_one_job_look_once(gateway: GatewayStack) -> None:
    read_model, heard = Watched(gateway.database), list[Message]()
    async with served(gateway, read_model=read_model) as process, asyncio.TaskGroup() as group:
        song = await imported(gateway, process.client)

        async def listen() -> None:
            async with process.listening(song.job_id) as listener:
                heard.append(await listener.next())
                heard.extend(await listener.rest())

        listeners = [group.create_task(listen()) for _ in range(30)]
        async with asyncio.timeout(10):
            while len(heard) < len(listeners) or process.gateway.feeds.listeners < len(listeners):
                await asyncio.sleep(0.01)
        before = read_model.looks
        await process.client.post(f"/v1/jobs/{song.job_id}/cancel")
        await asyncio.gather(*listeners)
    assert len(heard) == 60
    assert read_model.looks - before <= 3
