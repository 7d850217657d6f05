"""What keeps a janitor from its work keeps it from no more than that, and makes it remove nothing wrong."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from aik_events.envelope import Partition
from aik_events.event import Event
from aik_events.log import AppendFailed, Position
from aik_events.log.memory import MemoryLog
from aik_gateway.janitor import MOST_IN_A_ROW, SETTLE
from aik_gateway.multipart import S3Multiparts
from aik_gateway.multipart_xml import Unfinished
from aik_gateway.presigning import OwnSigner
from aik_service.objects import ObjectsUnavailable
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.pipeline.gateway_house import House, made_house
from tests.pipeline.gateway_stack import GatewayStack

DAY = timedelta(days=1)


@pytest.fixture
async def house(postgres: str, s3: ObjectSettings) -> AsyncIterator[House]:
    async with made_house(postgres, s3) as made:
        yield made


class EmptiedObjects(S3Objects):
    """The read model is behind as soon as lyrics are found in the store."""

    def __init__(self, s3: ObjectSettings, gateway: GatewayStack) -> None:
        super().__init__(s3)
        self._gateway = gateway

    async def keys_after(self, prefix: str, after: str, limit: int) -> list[str]:
        found = await super().keys_after(prefix, after, limit)
        await self._gateway.empty()
        return found


class EmptiedMultiparts(S3Multiparts):
    """The read model is behind as soon as multiparts are found in the store."""

    def __init__(self, s3: ObjectSettings, http: httpx.AsyncClient, gateway: GatewayStack) -> None:
        super().__init__(OwnSigner(s3), http)
        self._gateway = gateway

    async def unfinished(self, prefix: str, limit: int) -> list[Unfinished]:
        found = await super().unfinished(prefix, limit)
        await self._gateway.empty()
        return found


async def test_a_read_model_that_falls_behind_during_a_round_removes_no_lyrics_of_a_live_track(
    house: House, s3: ObjectSettings
) -> None:
    track = await house.imported(await house.uploaded())
    house.later(3 * DAY)
    emptied = replace(house.gateway, objects=EmptiedObjects(s3, house.gateway))
    async with emptied.janitor() as janitor:
        assert [await janitor.round(), await janitor.round()] == [False, False]
    assert await house.kept(track) == 2


async def test_a_read_model_that_falls_behind_during_a_round_aborts_no_open_upload(
    house: House, s3: ObjectSettings
) -> None:
    async with house.gateway.api(upload_ttl_s=1_000_000) as patient:
        body = {"filename": "a.wav", "size": 1}
        upload = (await patient.post("/v1/uploads", json=body)).json()["uploadId"]
    house.later(3 * DAY)
    async with httpx.AsyncClient(trust_env=False) as http:
        emptied = EmptiedMultiparts(s3, http, house.gateway)
        async with house.gateway.janitor(lambda _: emptied) as janitor:
            assert [await janitor.round(), await janitor.round()] == [False, False]
    assert await house.unfinished(upload) == 1


class Stubborn(S3Objects):
    """A store that keeps what lies below this prefix, and counts how often it is asked."""

    def __init__(self, s3: ObjectSettings, kept: str) -> None:
        super().__init__(s3)
        self._kept = kept
        self.asked = 0

    async def keys(self, prefix: str) -> list[str]:
        self.asked += 1
        if prefix.startswith(self._kept):
            raise ObjectsUnavailable(prefix)
        return await super().keys(prefix)


async def test_what_cannot_be_removed_is_put_off_and_keeps_nothing_else(house: House, s3: ObjectSettings) -> None:
    first, second = [await house.imported(await house.uploaded()) for _ in range(2)]
    await house.delete(first)
    await house.delete(second)
    stubborn = min(first, second)
    async with replace(house.gateway, objects=Stubborn(s3, f"tracks/{stubborn}/")).janitor() as janitor:
        await house.tidy(janitor)
    assert (await house.kept(stubborn), await house.kept(max(first, second))) == (2, 0)
    await house.tidy()
    assert await house.kept(stubborn) == 2, "it is put off"
    house.later(SETTLE)
    await house.tidy()
    assert await house.kept(stubborn) == 0


async def test_a_store_that_fails_again_and_again_is_asked_no_more_in_this_round(
    house: House, s3: ObjectSettings
) -> None:
    for _ in range(MOST_IN_A_ROW + 2):
        await house.delete(await house.imported(await house.uploaded()))
    away = Stubborn(s3, "tracks/")
    async with replace(house.gateway, objects=away).janitor() as janitor:
        assert [await janitor.round(), await janitor.round()] == [False, True]
    assert away.asked == MOST_IN_A_ROW


class RefusingLog(MemoryLog):
    """Takes nothing about this asset; what it is asked for goes to another log."""

    def __init__(self, log: MemoryLog, refused: str) -> None:
        super().__init__()
        self._log = log
        self._refused = refused

    async def ends(self, topics: Sequence[str]) -> Mapping[Partition, int]:
        return await self._log.ends(topics)

    async def append(self, event: Event) -> Position:
        if event.meta.subject == self._refused:
            raise AppendFailed("not allowed")
        return await self._log.append(event)


async def test_what_the_log_refuses_keeps_nothing_else(house: House) -> None:
    first, second = [await house.upload() for _ in range(2)]
    aborted = await house.upload()
    await house.client.delete(f"/v1/uploads/{aborted}")
    house.later(DAY)
    refused, expired = min(first, second), max(first, second)
    log = RefusingLog(house.log, f"ast_{refused[4:]}")
    async with replace(house.gateway, log=log).janitor() as janitor:
        await house.tidy(janitor)
    assert [await house.unfinished(upload) for upload in (refused, expired, aborted)] == [1, 0, 0]
    await house.tidy()
    assert await house.unfinished(refused) == 0


async def test_nothing_is_removed_while_the_read_model_is_behind(house: House) -> None:
    asset = await house.uploaded()
    await house.imported(asset)
    house.later(100 * DAY)
    async with house.gateway.janitor() as janitor:
        await janitor.round()
        async with house.gateway.database.begin() as connection:
            await connection.exec_driver_sql("DELETE FROM track")
            await connection.exec_driver_sql("UPDATE log_position SET next = 0")
        assert not await janitor.round()
