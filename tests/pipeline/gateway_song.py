"""A track of the gateway's, played through its steps as the workers would tell it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from aik_events.envelope import decode
from aik_events.event import Artefact, Event
from aik_events.fold import evolve
from aik_events.log.memory import MemoryLog
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.testing.objects import artefact
from aik_events.topics import TRACKS
from aik_events.track import StepState
from aik_lyrics import Karaoke, Line, Lyrics
from aik_publisher.files import FILES
from aik_service.objects.memory import MemoryObjects

from tests.pipeline.gateway_stack import GatewayStack


async def uploaded(gateway: GatewayStack, client_id: str = "cli") -> str:
    """The id of an asset whose upload is complete."""
    author = AssetAuthor(f"ast_{uuid4().hex}", client=client_id)
    for event in (author.upload_started(), author.uploaded()):
        await gateway.log.append(event)
    await gateway.until_folded()
    return author.asset


@dataclass
class Song:
    """One imported track."""

    gateway: GatewayStack
    log: MemoryLog
    objects: MemoryObjects
    track_id: str
    job_id: str

    async def events(self) -> list[Event]:
        records = self.log.slice_of(self.log.partition_of(TRACKS, self.track_id), 0)
        return [event for event in map(decode, records) if event.meta.subject == self.track_id]

    async def author(self) -> Author:
        """Knows the track as it stands now."""
        author = Author(self.track_id, client="cli")
        for event in await self.events():
            author.state, _ = evolve(author.state, event)
        return author

    async def tell(self, *events: Event) -> None:
        for event in events:
            await self.log.append(event)
        await self.gateway.until_folded()

    async def publish(self) -> None:
        """The newest job goes through the steps that it has left; what they make is in the store."""
        author = await self.author()
        job = author.state.job
        assert job is not None
        for step in [one.step for one in job.steps if one.state != StepState.SUCCEEDED]:
            files = await self._files(author, job.version) if step == "publish" else None
            about: dict[str, Any] = {"artefacts": files} if files is not None else {}
            await self.tell(author.step_started(step), author.finished(step, **about))
            if step == "align":
                version = author.state.newest.karaoke
                assert version is not None
                self.objects.stored[version.key] = self._karaoke(author, job.version)

    async def _files(self, author: Author, version: int) -> dict[str, Artefact]:
        files = {name: artefact(f"tracks/{self.track_id}/published/v{version}/{name}") for name in FILES}
        self.objects.stored[files["karaoke.json"].key] = self._karaoke(author, version)
        return files

    def _karaoke(self, author: Author, version: int) -> bytes:
        lyrics = author.state.newest.lyrics
        assert lyrics is not None
        lines = Lyrics.from_json(self.objects.stored[lyrics.key]).lines
        timed = [_timed(line, n * 1000) for n, line in enumerate(lines)]
        return Karaoke(track_id=self.track_id, version=version, duration_ms=10_000, lines=tuple(timed)).to_json()


def _timed(line: Line, start_ms: int) -> Line:
    """Its words take a tenth of a second each."""
    words = [
        word.model_copy(update={"start_ms": start_ms + n * 100, "end_ms": start_ms + n * 100 + 90, "timing": "aligned"})
        for n, word in enumerate(line.words)
    ]
    return line.model_copy(update={"start_ms": start_ms, "end_ms": start_ms + 900, "words": tuple(words)})


async def imported(gateway: GatewayStack, client: httpx.AsyncClient, lyrics: str = "One two\nthree") -> Song:
    assert isinstance(gateway.log, MemoryLog)
    assert isinstance(gateway.objects, MemoryObjects)
    answer = await client.post("/v1/tracks/import", json={"assetId": await uploaded(gateway), "lyrics": lyrics})
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['jobId']}"
    return Song(gateway, gateway.log, gateway.objects, answer.json()["trackId"], answer.json()["jobId"])
