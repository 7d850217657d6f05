"""The calls of the REST API that one song needs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx

CLIENT_ID = "demo"
URLS_AT_ONCE = 100


class ApiProblem(Exception):
    """The API (or the object store) refused a request."""

    def __init__(self, code: str, detail: str, trace_id: str | None = None) -> None:
        super().__init__(f"{code}: {detail}" + (f" (trace {trace_id})" if trace_id else ""))
        self.code = code


@dataclass(frozen=True)
class Download:
    """One published file as the API lists it."""

    kind: str
    format: str
    url: str
    sha256: str


class KaraokeClient:
    """Every method raises ApiProblem when the answer is not a success."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self._http = http
        self._url = url

    def upload(self, song: Path, progress: Callable[[float], None]) -> str:
        """The asset's id; `progress` hears the share that is sent, 0…1, after each part."""
        content = song.read_bytes()
        body = {"filename": song.name, "size": len(content), "sha256": sha256(content).hexdigest()}
        upload = self._json("POST", "/v1/uploads", body)
        size = upload["partSize"]
        done = []
        for number, url in self._part_urls(upload, -(-len(content) // size)):
            sent = self._checked(self._http.put(url, content=content[(number - 1) * size : number * size]))
            done.append({"partNumber": number, "etag": sent.headers["etag"]})
            progress(min(1.0, number * size / max(1, len(content))))
        completed = self._json("POST", f"/v1/uploads/{upload['uploadId']}/complete", {"parts": done})
        return str(completed["assetId"])

    def import_track(self, asset_id: str, **wished: str | None) -> tuple[str, str]:
        """The ids of the job and of the track. What may be wished: title, artist, lyrics and language."""
        body = {"assetId": asset_id} | {key: value for key, value in wished.items() if value}
        answer = self._json("POST", "/v1/tracks/import", body)
        return answer["jobId"], answer["trackId"]

    def publish_anyway(self, job_id: str) -> None:
        """After the quality check refused it."""
        self._json("POST", f"/v1/jobs/{job_id}/retry", {"acceptQc": True})

    def job(self, job_id: str) -> dict[str, Any]:
        return self._json("GET", f"/v1/jobs/{job_id}")

    def ready(self, track_id: str) -> dict[str, Any]:
        return self._json("GET", f"/v1/tracks/{track_id}/ready")

    def downloads(self, track_id: str) -> list[Download]:
        assets = self._json("GET", f"/v1/tracks/{track_id}/assets?download=true")["assets"]
        return [Download(one["kind"], one["format"], one["url"], one["sha256"]) for one in assets]

    def fetch(self, download: Download) -> bytes:
        """The file's bytes, which are what the API said that they are."""
        content = self._checked(self._http.get(download.url)).content
        if sha256(content).hexdigest() != download.sha256:
            raise ApiProblem(
                "checksum-mismatch", f"{download.kind}.{download.format} is not the file that was published"
            )
        return content

    def _part_urls(self, upload: dict[str, Any], count: int) -> Iterator[tuple[int, str]]:
        """Part numbers from 1 with their URLs; those that the first answer lacks are asked for in batches."""
        first = {part["partNumber"]: part["url"] for part in upload["parts"]}
        yield from sorted(first.items())
        missing = [number for number in range(1, count + 1) if number not in first]
        for start in range(0, len(missing), URLS_AT_ONCE):
            wished = {"partNumbers": missing[start : start + URLS_AT_ONCE]}
            more = self._json("POST", f"/v1/uploads/{upload['uploadId']}/parts", wished)
            yield from sorted((part["partNumber"], part["url"]) for part in more["parts"])

    def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        request = self._http.request(method, self._url + path, json=body, headers={"X-Client-Id": CLIENT_ID})
        answer: dict[str, Any] = self._checked(request).json()
        return answer

    @staticmethod
    def _checked(response: httpx.Response) -> httpx.Response:
        if response.is_success:
            return response
        if "problem+json" in response.headers.get("content-type", ""):
            problem = response.json()
            fields = "; ".join(f"{one}" for one in problem.get("errors") or [])
            detail = problem.get("detail") or problem.get("title") or ""
            raise ApiProblem(problem["code"], f"{detail} {fields}".strip(), problem.get("traceId"))
        raise ApiProblem(str(response.status_code), response.text[:300])
