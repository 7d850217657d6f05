"""The janitor on real Postgres and the real object store: what is over leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from aik_events.ids import new_event_id
from aik_events.topics import ASSETS, TRACKS
from aik_gateway.janitor import SETTLE
from aik_service.settings import ObjectSettings

from tests.pipeline.gateway_house import House, made_house

DAY = timedelta(days=1)


@pytest.fixture
async def house(postgres: str, s3: ObjectSettings) -> AsyncIterator[House]:
    async with made_house(postgres, s3) as made:
        yield made


async def test_an_upload_that_was_never_completed_leaves_nothing_behind(house: House) -> None:
    upload = await house.upload()
    await house.tidy()
    assert await house.unfinished(upload) == 1
    house.later(DAY)
    await house.tidy()
    assert (await house.unfinished(upload), await house.kept(upload)) == (0, 0)
    assert await house.state(upload) == "expired"
    assert (await house.client.post(f"/v1/uploads/{upload}/complete")).status_code == 410


async def test_an_upload_that_was_assembled_but_never_told_leaves_nothing_behind(house: House) -> None:
    """As after a crash between the store's answer and the append."""
    upload = await house.upload()
    [multipart] = await house.multiparts.unfinished(f"assets/ast_{upload[4:]}/", 10)
    parts = await house.multiparts.parts(multipart.key, multipart.multipart_id)
    await house.multiparts.complete(multipart.key, multipart.multipart_id, parts)
    assert await house.kept(upload) == 1
    house.later(DAY)
    await house.tidy()
    assert await house.kept(upload) == 0


async def test_an_aborted_upload_leaves_nothing_behind(house: House) -> None:
    upload = await house.upload()
    assert (await house.client.delete(f"/v1/uploads/{upload}")).status_code == 204
    await house.tidy()
    assert (await house.unfinished(upload), await house.kept(upload)) == (0, 0)
    assert await house.state(upload) == "aborted"


async def test_an_asset_that_is_never_imported_is_removed_after_its_time(house: House) -> None:
    asset = await house.uploaded()
    house.later(7 * DAY)
    await house.tidy()
    assert (await house.kept(asset), await house.state(f"upl_{asset[4:]}")) == (1, "uploaded")
    house.later(DAY)
    await house.tidy()
    assert (await house.kept(asset), await house.state(f"upl_{asset[4:]}")) == (1, "removed")
    house.later(SETTLE)
    await house.tidy()
    assert await house.kept(asset) == 0
    refused = await house.client.post("/v1/tracks/import", json={"assetId": asset})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown-asset")


async def test_an_asset_in_use_is_never_removed(house: House) -> None:
    asset = await house.uploaded()
    await house.imported(asset)
    house.later(100 * DAY)
    await house.tidy()
    assert (await house.kept(asset), await house.state(f"upl_{asset[4:]}")) == (1, "uploaded")


async def test_a_deleted_track_leaves_no_object_not_even_after_a_late_writer(house: House) -> None:
    track = await house.imported(await house.uploaded())
    assert await house.kept(track) == 2
    await house.delete(track)
    await house.tidy()
    assert await house.kept(track) == 0
    await house.write(track)
    house.later(timedelta(hours=4))
    await house.tidy()
    assert await house.kept(track) == 0


async def test_the_source_goes_with_the_last_of_two_tracks_and_not_before(house: House) -> None:
    asset = await house.uploaded()
    first, second = await house.imported(asset), await house.imported(asset)
    await house.delete(first)
    await house.tidy()
    house.later(SETTLE)
    await house.tidy()
    assert (await house.kept(first), await house.kept(second), await house.kept(asset)) == (0, 2, 1)
    await house.delete(second)
    await house.tidy()
    house.later(SETTLE)
    await house.tidy()
    assert (await house.kept(second), await house.kept(asset)) == (0, 0)


async def test_an_import_that_overtakes_the_removal_keeps_its_source(house: House) -> None:
    """It was checked before the asset was removed, and appended afterwards."""
    asset = await house.uploaded()
    first = await house.imported(asset)
    [imported] = [event for event in await house.events(TRACKS) if event.meta.subject == first]
    await house.delete(first)
    await house.tidy()
    assert await house.state(f"upl_{asset[4:]}") == "removed"
    track = f"trk_{uuid4().hex}"
    meta = imported.meta.model_copy(update={"id": new_event_id(), "subject": track})
    await house.gateway.log.append(imported.model_copy(update={"meta": meta, "job_id": f"job_{uuid4().hex}"}))
    await house.gateway.until_folded()
    house.later(SETTLE)
    await house.tidy()
    assert await house.kept(asset) == 1
    await house.delete(track)
    house.later(SETTLE)
    await house.tidy()
    assert await house.kept(asset) == 0


async def test_a_multipart_that_no_upload_knows_is_aborted_when_it_is_old(house: House) -> None:
    """A start that died before its append."""
    stray, key = f"ast_{uuid4().hex}", ""
    key = f"assets/{stray}/source.wav"
    await house.multiparts.begin(key, "audio/wav")
    known = await house.upload()
    house.later(timedelta(hours=23))
    await house.tidy()
    assert (await house.unfinished(stray), await house.unfinished(known)) == (1, 1)
    async with house.gateway.api(upload_ttl_s=1_000_000) as patient:
        body = {"filename": "a.wav", "size": 1}
        open_still = (await patient.post("/v1/uploads", json=body)).json()["uploadId"]
    house.later(2 * DAY)
    await house.tidy()
    assert (await house.unfinished(stray), await house.unfinished(open_still)) == (0, 1)


async def test_lyrics_of_no_accepted_event_are_removed_when_they_are_old(house: House) -> None:
    """Those of a command that died before its append, and those of one that was refused."""
    track = await house.imported(await house.uploaded())
    path, of_v1 = f"/v1/tracks/{track}/lyrics", {"If-Match": '"v1"'}
    answers = await asyncio.gather(
        *(house.client.patch(path, json={"lyrics": "lo lo"}, headers=of_v1) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
    await house.gateway.objects.put(f"tracks/{track}/lyrics/{new_event_id()}.json", b"{}", "application/json")
    before = await house.kept(track)
    await house.tidy()
    assert await house.kept(track) == before
    house.later(3 * DAY)
    await house.tidy()
    lyrics = {key.rpartition("/")[2] for key in await house.gateway.objects.keys(f"tracks/{track}/lyrics/")}
    accepted = {event.meta.id for event in await house.events(TRACKS) if event.meta.subject == track}
    assert len(lyrics) == 2
    assert {name.removesuffix(".json") for name in lyrics} <= accepted
    assert (await house.client.get(f"/v1/tracks/{track}/lyrics")).status_code == 200


async def test_two_janitors_say_the_same(house: House) -> None:
    upload = await house.upload()
    house.later(DAY)
    async with house.gateway.janitor() as one, house.gateway.janitor() as other:
        for _ in range(4):
            await asyncio.gather(one.round(), other.round())
            await house.gateway.until_folded()
    assert (await house.unfinished(upload), await house.state(upload)) == (0, "expired")
    said = [event.meta.id for event in await house.events(ASSETS) if event.type == "asset.upload_aborted"]
    assert len(said) == 2
    assert len(set(said)) == 1
