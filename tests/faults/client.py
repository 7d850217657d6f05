"""A client of the REST API that goes on as a browser would: it asks again when there was no answer, or none to use."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.songs import EDITED, Song

AGAIN_AFTER_S = 0.5
TRIES_OF_A_JOB = 6
OPEN = ("queued", "running")


@dataclass
class Client:
    """One client (one X-Client-Id). `answers` counts what came back, `broken connections` among them."""

    http: httpx.AsyncClient
    id: str
    callback_url: str
    answers: Counter[str]
    retried: Counter[str] = field(default_factory=Counter)
    _secret: asyncio.Lock = field(default_factory=asyncio.Lock)
    _has_secret: bool = False

    async def take_through(self, song: Song) -> dict[str, Any]:
        """The song's last job as the client saw it end; what failed for no fault of its own is retried."""
        await self._make_secret()
        made = await self._import(await self._upload(song), song)
        if song.canceled_after_s is not None:
            await asyncio.sleep(song.canceled_after_s)
            await self._cancel(made["jobId"])
        job = await self._ended(made["jobId"])
        if song.edited and job["state"] == "succeeded":
            job = await self._ended(await self._edit(made["trackId"]))
        return job

    async def _make_secret(self) -> None:
        """Webhooks are signed with it."""
        async with self._secret:
            if not self._has_secret:
                await self._asked("POST", "/v1/webhooks/secret/rotate", {})
                self._has_secret = True

    async def _upload(self, song: Song) -> str:
        """The asset's id. An upload that the store or the gateway gave up is begun anew."""
        while True:
            about = {"filename": "song.mp3", "size": len(song.content)}
            upload = (await self._asked("POST", "/v1/uploads", about)).json()
            if "parts" in upload and await self._sent(upload["parts"][0]["url"], song.content):
                done = await self._asked("POST", f"/v1/uploads/{upload['uploadId']}/complete", {})
                if done.is_success:
                    return str(done.json()["assetId"])
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _sent(self, url: str, content: bytes) -> bool:
        try:
            return (await self.http.put(url, content=content)).is_success
        except httpx.TransportError:
            return False

    async def _import(self, asset_id: str, song: Song) -> dict[str, str]:
        """An import whose answer was lost is sent again, and may so make a second track."""
        body = {"assetId": asset_id, "title": song.title, "callbackUrl": self.callback_url}
        if song.lyrics is not None:
            body["lyrics"] = song.lyrics
        while True:
            answer = await self._asked("POST", "/v1/tracks/import", body)
            if answer.is_success:
                made: dict[str, str] = answer.json()
                return made
            await asyncio.sleep(AGAIN_AFTER_S)  # the read model is behind, it does not know the asset yet

    async def _edit(self, track_id: str) -> str:
        """The id of the job that the edit opened, by whichever of its tries."""
        while True:
            body = {"lyrics": EDITED, "reprocess": ["align"]}
            await self._asked("PATCH", f"/v1/tracks/{track_id}/lyrics", body, {"If-Match": '"v1"'})
            track = (await self._asked("GET", f"/v1/tracks/{track_id}")).json()
            if track.get("newestVersion") == 2:
                return str(track["job"]["jobId"])

    async def _ended(self, job_id: str) -> dict[str, Any]:
        """Answers 404 come from a read model that is behind."""
        while True:
            job: dict[str, Any] = (await self._asked("GET", f"/v1/jobs/{job_id}")).json()
            if job.get("state") == "failed" and job["failure"]["retryable"] and job["attempt"] < TRIES_OF_A_JOB:
                await self._retry(job)
            elif job.get("state", OPEN[0]) not in OPEN:
                return job
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _cancel(self, job_id: str) -> None:
        """Done, or refused since the job had ended before; answers 404 come from a read model that is behind."""
        while (await self._asked("POST", f"/v1/jobs/{job_id}/cancel")).status_code == httpx.codes.NOT_FOUND:
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _retry(self, job: dict[str, Any]) -> None:
        """Refused when it had been done, by a try whose answer was lost."""
        self.retried[job["failure"]["code"]] += 1
        await self._asked("POST", f"/v1/jobs/{job['jobId']}/retry")

    async def _asked(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        """The first answer that is not a server's failure; the one who waits sets the limit."""
        while True:
            try:
                answer = await self.http.request(
                    method, path, json=body, headers={"X-Client-Id": self.id, **(headers or {})}
                )
                self.answers[str(answer.status_code)] += 1
                if not answer.is_server_error:
                    return answer
            except httpx.TransportError:
                self.answers["no answer"] += 1
            await asyncio.sleep(AGAIN_AFTER_S)
