"""Two api processes over one log: of commands that contradict each other one wins, whichever process took it."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from aik_events.catalogue import TrackImported
from aik_events.envelope import decode
from aik_events.log.history import history_of
from aik_events.topics import TRACKS
from aik_local.testing import Suite

from tests.e2e.browser import Browser

CLIENT = "two-apis"


@pytest.fixture
async def apis(suite: Suite, second_api: str) -> AsyncIterator[tuple[httpx.AsyncClient, ...]]:
    async with AsyncExitStack() as stack:
        yield tuple(
            [
                await stack.enter_async_context(
                    httpx.AsyncClient(base_url=url, headers={"X-Client-Id": CLIENT}, timeout=30, trust_env=False)
                )
                for url in (suite.environment["AIK_URL"], second_api)
            ]
        )


@pytest.fixture(scope="module")
def asset(suite: Suite) -> str:
    return Browser(suite.environment["AIK_URL"], CLIENT).upload("song.mp3", b"no audio at all")


async def test_of_fifty_edits_of_one_version_over_two_processes_one_wins(
    apis: tuple[httpx.AsyncClient, ...], asset: str
) -> None:
    imported = await apis[0].post("/v1/tracks/import", json={"assetId": asset, "lyrics": "One two"})
    path = f"/v1/tracks/{imported.json()['trackId']}/lyrics"
    edits = [{"lyrics": f"One two\nand {number}"} for number in range(50)]
    answers = await asyncio.gather(
        *(apis[n % 2].patch(path, json=edit, headers={"If-Match": '"v1"'}) for n, edit in enumerate(edits))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 1, 412: 49}
    [winner] = [edit["lyrics"] for edit, answer in zip(edits, answers, strict=True) if answer.status_code == 201]
    newest = (await apis[1].get(path)).json()
    assert (newest["version"], newest["sourceText"]) == (2, winner)


async def test_of_requests_with_one_key_over_two_processes_there_is_one_event(
    suite: Suite, apis: tuple[httpx.AsyncClient, ...], asset: str
) -> None:
    body, key = {"assetId": asset, "lyrics": "One two"}, {"Idempotency-Key": "twice"}

    async def until_answered(api: httpx.AsyncClient) -> httpx.Response:
        while (answer := await api.post("/v1/tracks/import", json=body, headers=key)).status_code == 409:
            assert answer.json()["code"] == "request-running"
            await asyncio.sleep(float(answer.headers["retry-after"]))
        return answer

    answers = await asyncio.gather(*(until_answered(apis[n % 2]) for n in range(6)))
    [(status, made)] = {(answer.status_code, answer.text) for answer in answers}
    assert status == 202
    track_id = json.loads(made)["trackId"]
    records = await history_of(suite.environment["AIK_KAFKA"], TRACKS, track_id)
    assert sum(isinstance(event, TrackImported) for event in map(decode, records)) == 1
