"""A gateway whose clock is set by hand, its janitor and a client, on the real object store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
from aik_events.envelope import decode
from aik_events.event import Event
from aik_events.log.memory import MemoryLog
from aik_events.testing.author import Author
from aik_events.topics import ASSETS
from aik_gateway.janitor import Janitor
from aik_gateway.multipart import S3Multiparts
from aik_gateway.presigning import OwnSigner
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings

from tests.pipeline.gateway_stack import GatewayStack, made_gateway

SONG = b"la la"


@dataclass
class House:
    """A gateway whose clock is set by hand, a client of it, and the store as it is."""

    gateway: GatewayStack
    client: httpx.AsyncClient
    multiparts: S3Multiparts
    log: MemoryLog

    def later(self, by: timedelta) -> None:
        now = self.gateway.clock() + by
        self.gateway.clock = lambda: now

    async def tidy(self, janitor: Janitor | None = None) -> None:
        """Rounds until one appends nothing."""
        if janitor is None:
            async with self.gateway.janitor() as made:
                return await self.tidy(made)
        await janitor.round()
        before = -1
        while before != (before := len(await self.events(ASSETS))):
            await self.gateway.until_folded()
            assert await janitor.round()

    async def upload(self) -> str:
        """The id of a new upload whose only part was sent."""
        started = (await self.client.post("/v1/uploads", json={"filename": "a.wav", "size": len(SONG)})).json()
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.put(started["parts"][0]["url"], content=SONG)).status_code == 200
        return str(started["uploadId"])

    async def uploaded(self) -> str:
        """The id of a new asset."""
        answer = await self.client.post(f"/v1/uploads/{await self.upload()}/complete")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["assetId"])

    async def imported(self, asset_id: str) -> str:
        """The id of a new track with lyrics and something that a step has made."""
        answer = await self.client.post("/v1/tracks/import", json={"assetId": asset_id, "lyrics": "la la"})
        assert answer.status_code == 202, answer.text
        track_id = str(answer.json()["trackId"])
        await self.write(track_id)
        return track_id

    async def write(self, track_id: str) -> None:
        """A step's file arrives."""
        await self.gateway.objects.put(
            f"tracks/{track_id}/artefacts/separate/x/{uuid4().hex}.flac", b"la", "audio/flac"
        )

    async def delete(self, track_id: str) -> None:
        await self.gateway.log.append(Author(track_id, client="cli").deleted())
        await self.gateway.until_folded()

    async def kept(self, id: str) -> int:
        """How many objects there are of this upload, asset or track."""
        if id.startswith("trk_"):
            return len(await self.gateway.objects.keys(f"tracks/{id}/"))
        return len(await self.gateway.objects.keys(f"assets/ast_{id[4:]}/"))

    async def unfinished(self, id: str) -> int:
        return len(await self.multiparts.unfinished(f"assets/ast_{id[4:]}/", 10))

    async def state(self, upload_id: str) -> str:
        return str((await self.client.get(f"/v1/uploads/{upload_id}")).json()["state"])

    async def events(self, topic: str) -> list[Event]:
        ends = await self.log.ends([topic])
        return [decode(record) for partition in ends for record in self.log.slice_of(partition, 0)]


@asynccontextmanager
async def made_house(postgres: str, s3: ObjectSettings) -> AsyncIterator[House]:
    log, now = MemoryLog(), datetime.now(UTC)
    async with (
        made_gateway(postgres, log, S3Objects(s3), s3) as gateway,
        gateway.projecting(),
        httpx.AsyncClient(trust_env=False) as http,
    ):
        gateway.clock = lambda: now
        async with gateway.api() as client:
            yield House(gateway, client, S3Multiparts(OwnSigner(s3), http), log)
