"""From import to ready, edits and reprocessing, as a client sees them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aik_events.catalogue import LyricsUpdated, TrackImported
from aik_events.testing.asset_author import AssetAuthor
from aik_lyrics import Lyrics

from tests.pipeline.gateway_song import imported, uploaded
from tests.pipeline.gateway_stack import GatewayStack


def summary(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def body(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_an_import_is_one_event_with_its_lyrics_in_the_store(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    (event,) = await song.events()
    assert isinstance(event, TrackImported)
    assert event.job_id == song.job_id
    assert event.steps == ("separate", "align", "check", "publish")
    assert event.lyrics is not None
    assert event.lyrics.key == f"tracks/{song.track_id}/lyrics/{event.meta.id}.json"
    lyrics = Lyrics.from_json(song.objects.stored[event.lyrics.key])
    assert (lyrics.source_text, [line.text for line in lyrics.lines]) == ("One two\nthree", ["One two", "three"])


async def test_without_lyrics_they_are_transcribed(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/tracks/import", json={"assetId": await uploaded(gateway)})
    job = await body(client, f"/v1/jobs/{answer.json()['jobId']}")
    assert [step["step"] for step in job["steps"]] == ["separate", "transcribe", "align", "check", "publish"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"lyrics": " \n\t"}, (422, "lyrics-empty")),
        ({"lyrics": "la\n" * 2001}, (422, "lyrics-too-long")),
        ({"title": "a\0"}, (422, "validation-failed")),
        ({"language": "not a language"}, (422, "validation-failed")),
        ({"callbackUrl": "http://10.0.0.1/"}, (422, "callback-url-invalid")),
        ({"callbackUrl": "https://example.org"}, (409, "webhook-secret-missing")),
        ({"assetId": "ast_0"}, (404, "unknown-asset")),
        ({"assetId": "' OR 1=1"}, (404, "unknown-asset")),
    ],
)
async def test_what_cannot_be_imported_is_refused_and_leaves_no_event(
    gateway: GatewayStack, client: httpx.AsyncClient, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    asset_id = await uploaded(gateway)
    before = sum((await gateway.positions()).values())
    assert summary(await client.post("/v1/tracks/import", json={"assetId": asset_id, **fields})) == expected
    assert sum((await gateway.log.ends(["aik.assets", "aik.tracks"])).values()) == before


async def test_an_asset_that_never_came_says_what_can_still_be_done(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    """Only an upload that is open can be completed."""
    authors = [AssetAuthor(f"ast_{uuid4().hex}", client="cli") for _ in range(5)]
    _open, late, aborted, expired, removed = authors
    for author in authors:
        started = author.upload_started()
        ends = datetime.now(UTC) + timedelta(hours=0 if author is late else 1)
        await gateway.log.append(started.model_copy(update={"expires_at": ends}))
    for event in (aborted.aborted(), expired.aborted("expired"), removed.uploaded(), removed.removed()):
        await gateway.log.append(event)
    await gateway.until_folded()
    answers = [await client.post("/v1/tracks/import", json={"assetId": author.asset}) for author in authors]
    assert [summary(answer) for answer in answers] == [(409, "asset-not-uploaded")] * 4 + [(404, "unknown-asset")]
    states = [answer.json().get("state") for answer in answers]
    assert states == ["uploading", "expired", "aborted", "expired", None]
    begin = "begin a new one"
    for answer, advice in zip(answers, ("complete it", begin, begin, begin, "upload the file again"), strict=True):
        assert answer.json()["detail"].endswith(f": {advice}.")


async def test_with_a_secret_a_callback_is_accepted(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/webhooks/secret/rotate")).status_code == 201
    fields = {"assetId": await uploaded(gateway), "callbackUrl": "http://127.0.0.1:9/hook"}
    assert (await client.post("/v1/tracks/import", json=fields)).status_code == 202


async def test_everything_of_another_client_is_not_there(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    paths = [f"/v1/tracks/{song.track_id}{tail}" for tail in ("", "/ready", "/lyrics", "/assets", "/versions")]
    async with gateway.api("other") as other:
        answers = [await other.get(path) for path in (*paths, f"/v1/jobs/{song.job_id}")]
        answers.append(await other.post(f"{paths[0]}/reprocess", json={"steps": ["align"]}))
        answers.append(await other.patch(f"{paths[0]}/lyrics", json={"lyrics": "x"}, headers={"If-Match": '"v1"'}))
        answers.append(await other.post("/v1/tracks/import", json={"assetId": await uploaded(gateway)}))
    assert [answer.status_code for answer in answers] == [404] * 9
    assert len(await song.events()) == 1


async def test_a_track_is_ready_when_it_is_published(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}/ready"
    early = await client.get(path)
    assert summary(early) == (425, "not-ready")
    assert (early.json()["jobId"], early.json()["step"], early.json()["percent"]) == (song.job_id, "separate", 0)
    assert int(early.headers["retry-after"]) > 0
    await song.publish()
    ready = await client.get(path)
    found = ready.json()
    assert (found["version"], found["minusContentType"], found["qc"]["verdict"]) == (1, "audio/mp4", "pass")
    assert [line["text"] for line in found["lyrics"]["lines"]] == ["One two", "three"]
    assert "/published/v1/minus.m4a?" in found["minusUrl"]
    again = await client.get(path, headers={"If-None-Match": ready.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", ready.headers["etag"])
    job = await body(client, f"/v1/jobs/{song.job_id}")
    assert (job["state"], job["percent"], job["step"], job["etaMs"]) == ("succeeded", 100, None, None)


async def test_a_failed_job_says_why_there_is_nothing(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    author = await song.author()
    await song.tell(author.step_started("separate"), author.failed("separate", code="not-audio"))
    for path in (f"/v1/tracks/{song.track_id}/ready", f"/v1/tracks/{song.track_id}/ready?version=1"):
        answer = await client.get(path)
        assert summary(answer) == (409, "job-failed")
        assert answer.json()["failure"]["code"] == "not-audio"


async def test_an_edit_makes_a_draft_while_the_old_version_is_served(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    await song.publish()
    path = f"/v1/tracks/{song.track_id}"
    before = await client.get(f"{path}/lyrics")
    edit = await client.patch(
        f"{path}/lyrics", json={"lyrics": "One two\nfour"}, headers={"If-Match": before.headers["etag"]}
    )
    assert (edit.status_code, edit.json()) == (201, {"version": 2, "jobId": None})
    assert edit.headers["location"] == f"{path}/lyrics?version=2"
    after = await client.get(f"{path}/lyrics")
    assert after.headers["etag"] == edit.headers["etag"]
    old, new = before.json(), after.json()
    assert (new["version"], new["sourceText"]) == (2, "One two\nfour")
    assert new["lines"][0]["id"] == old["lines"][0]["id"]
    assert (old["lines"][1]["startMs"], new["lines"][1]["startMs"]) == (1000, None)
    event = (await song.events())[-1]
    assert isinstance(event, LyricsUpdated)
    assert (event.based_on, event.lines_changed, event.changed_line_ids) == (1, 1, (new["lines"][1]["id"],))
    assert (await body(client, f"{path}/ready"))["version"] == 1
    assert summary(await client.get(f"{path}/ready?version=2")) == (409, "version-not-published")


async def test_reprocessing_publishes_the_draft(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    await song.publish()
    path = f"/v1/tracks/{song.track_id}"
    await client.patch(f"{path}/lyrics", json={"lyrics": "Four"}, headers={"If-Match": '"v1"'})
    answer = await client.post(f"{path}/reprocess", json={"steps": ["align"]})
    job_id = answer.json()["jobId"]
    assert (answer.status_code, answer.json()["version"], answer.headers["location"]) == (202, 2, f"/v1/jobs/{job_id}")
    assert [step["step"] for step in (await body(client, f"/v1/jobs/{job_id}"))["steps"]] == [
        "align",
        "check",
        "publish",
    ]
    twice = await client.post(f"{path}/reprocess", json={"steps": ["align"]})
    assert (summary(twice), twice.json()["jobId"]) == ((409, "job-running"), job_id)
    await song.publish()
    assert (await body(client, f"{path}/ready"))["version"] == 2
    assert (await body(client, f"{path}/ready?version=1"))["version"] == 1
    found = (await body(client, f"{path}/versions"))["items"]
    assert [(v["version"], v["state"], v["origin"], v["basedOn"]) for v in found] == [
        (2, "published", "edit", 1),
        (1, "published", "import", None),
    ]


async def test_an_edit_with_reprocess_is_one_event(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    await song.publish()
    lines = (await body(client, f"/v1/tracks/{song.track_id}/lyrics"))["lines"]
    edit = {"lines": [{"text": "New"}, {"id": lines[0]["id"], "text": lines[0]["text"]}], "reprocess": ["align"]}
    answer = await client.patch(f"/v1/tracks/{song.track_id}/lyrics", json=edit, headers={"If-Match": '"v1"'})
    event = (await song.events())[-1]
    assert isinstance(event, LyricsUpdated)
    assert answer.json() == {"version": 2, "jobId": event.job_id}
    assert event.steps == ("align", "check", "publish")


async def test_lines_sent_back_as_they_were_read_are_aligned_anew(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    await song.publish()
    path = f"/v1/tracks/{song.track_id}/lyrics"
    lines = (await body(client, path))["lines"]
    assert {word["timing"] for line in lines for word in line["words"]} == {"aligned"}
    lines[0]["words"][0]["startMs"] += 20
    assert (await client.patch(path, json={"lines": lines}, headers={"If-Match": '"v1"'})).status_code == 201
    words = [word for line in (await body(client, path))["lines"] for word in line["words"]]
    assert [word["timing"] for word in words] == ["manual", *[None] * (len(words) - 1)]


async def test_an_edit_must_name_the_newest_version(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}/lyrics"
    assert summary(await client.patch(path, json={"lyrics": "x"})) == (428, "if-match-required")
    assert summary(await client.patch(path, json={"lyrics": "x"}, headers={"If-Match": '"v7"'})) == (412, "stale")
    both = {"lyrics": "x", "lines": []}
    assert summary(await client.patch(path, json=both, headers={"If-Match": '"v1"'})) == (422, "validation-failed")
    unknown = {"lines": [{"id": "nobody", "text": "x"}]}
    assert summary(await client.patch(path, json=unknown, headers={"If-Match": '"v1"'})) == (422, "unknown-id")


async def test_steps_that_need_what_is_not_there_name_what_to_add(
    gateway: GatewayStack, client: httpx.AsyncClient
) -> None:
    song = await imported(gateway, client)
    author = await song.author()
    await song.tell(author.step_started("separate"), author.failed("separate", code="not-audio"))
    answer = await client.post(f"/v1/tracks/{song.track_id}/reprocess", json={"steps": ["align"]})
    assert (summary(answer), answer.json()["step"]) == ((409, "artefact-missing"), "separate")


async def test_assets_are_the_files_of_the_version(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    path = f"/v1/tracks/{song.track_id}/assets"
    assert summary(await client.get(path)) == (425, "not-ready")
    await song.publish()
    found = await body(client, path)
    kinds = [(file["kind"], file["format"]) for file in found["assets"]]
    assert kinds == [
        *(("page", "html"), ("karaoke", "json")),
        *(("ass", "ass"), ("enhanced-lrc", "lrc"), ("lrc", "lrc"), ("ttml", "ttml"), ("webvtt", "vtt")),
        *(("manifest", "json"), ("minus", "flac"), ("minus", "m4a"), ("minus-peaks", "json")),
        *(("mix", "flac"), ("mix", "m4a"), ("ultrastar", "txt")),
        *(("vocals", "flac"), ("vocals", "m4a"), ("vocals-peaks", "json")),
    ]
    assert all("content-disposition" not in file["url"] for file in found["assets"])
    assert all("content-disposition" in file["url"] for file in (await body(client, f"{path}?download=true"))["assets"])


async def test_a_deleted_track_is_gone_with_its_job(gateway: GatewayStack, client: httpx.AsyncClient) -> None:
    song = await imported(gateway, client)
    await song.tell((await song.author()).deleted())
    assert summary(await client.get(f"/v1/tracks/{song.track_id}")) == (404, "deleted")
    assert summary(await client.get(f"/v1/jobs/{song.job_id}")) == (404, "deleted")
