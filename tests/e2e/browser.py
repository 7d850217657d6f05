"""A client of the REST API that shows every answer as it came: status, headers, body."""

import time
from collections.abc import Mapping
from typing import Any

import httpx

GATEWAY_BACK_WITHIN_S = 60


class Browser:
    """One client (one X-Client-Id) of the gateway."""

    def __init__(self, url: str, client_id: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, headers={"X-Client-Id": client_id}, timeout=30, trust_env=False)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Waits for a gateway that was just killed and is being started again."""
        deadline = time.monotonic() + GATEWAY_BACK_WITHIN_S
        while True:
            try:
                return self._http.get(path, headers=headers)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        return self._http.post(path, json=dict(body or {}))

    def patch(self, path: str, body: Mapping[str, Any], **headers: str) -> httpx.Response:
        return self._http.patch(path, json=dict(body), headers=headers)

    def upload(self, filename: str, content: bytes, **fields: Any) -> str:
        """The asset's id; the parts go to the object store by their presigned URLs."""
        upload = self._ok(self.post("/v1/uploads", {"filename": filename, "size": len(content), **fields}))
        for part in upload["parts"]:
            start = (part["partNumber"] - 1) * upload["partSize"]
            sent = httpx.put(
                part["url"], content=content[start : start + upload["partSize"]], trust_env=False, timeout=30
            )
            assert sent.status_code == 200, sent.text
        return str(self._ok(self.post(f"/v1/uploads/{upload['uploadId']}/complete"))["assetId"])

    def import_track(self, asset_id: str, **fields: Any) -> tuple[str, str]:
        """The ids of the track and its job."""
        made = self._ok(self.post("/v1/tracks/import", {"assetId": asset_id, **fields}))
        return made["trackId"], made["jobId"]

    def job(self, job_id: str) -> dict[str, Any]:
        return self._ok(self.get(f"/v1/jobs/{job_id}"))

    def finished(self, job_id: str, within_s: float = 120) -> dict[str, Any]:
        """The job, once it has ended."""
        deadline = time.monotonic() + within_s
        while (job := self.job(job_id))["state"] in ("queued", "running"):
            assert time.monotonic() < deadline, job
            time.sleep(0.1)
        return job

    def ready(self, track_id: str) -> dict[str, Any]:
        return self._ok(self.get(f"/v1/tracks/{track_id}/ready"))

    def assets(self, track_id: str) -> dict[str, bytes]:
        """The published files by name, fetched as a browser would."""
        assets = self._ok(self.get(f"/v1/tracks/{track_id}/assets"))["assets"]
        return {f"{a['kind']}.{a['format']}": httpx.get(a["url"], trust_env=False, timeout=30).content for a in assets}

    @staticmethod
    def _ok(answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, (answer.status_code, answer.text)
        body: dict[str, Any] = answer.json()
        return body
