"""Errors as clients see them: RFC 9457 problems, each with a stable code."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

CODES: dict[str, tuple[int, str]] = {
    "malformed-json": (400, "The body is not JSON"),
    "bad-request": (400, "The request can't be understood"),
    "client-id-required": (400, "X-Client-Id is missing or malformed"),
    "idempotency-key-invalid": (400, "Idempotency-Key is malformed"),
    "token-missing": (401, "There is no token"),
    "token-unknown": (401, "The token is not valid"),
    "token-foreign": (403, "The token belongs to another client"),
    "not-found": (404, "There is no such resource"),
    "unknown-upload": (404, "There is no such upload"),
    "unknown-asset": (404, "There is no such asset"),
    "unknown-track": (404, "There is no such track"),
    "unknown-version": (404, "The track has no such version"),
    "unknown-job": (404, "There is no such job"),
    "unknown-delivery": (404, "There is no such delivery"),
    "unknown-endpoint": (404, "There is no such endpoint"),
    "deleted": (404, "The track was deleted"),
    "method-not-allowed": (405, "The resource has no such method"),
    "upload-incomplete": (409, "Parts are missing or wrong"),
    "upload-completed": (409, "The upload is completed"),
    "asset-not-uploaded": (409, "The asset is not uploaded"),
    "webhook-secret-missing": (409, "There is no webhook secret"),
    "version-not-published": (409, "The version is not published"),
    "job-failed": (409, "The job failed"),
    "job-canceled": (409, "The job was canceled"),
    "job-running": (409, "A job of the track is open"),
    "job-closed": (409, "The job has ended"),
    "not-failed": (409, "The job has not failed"),
    "not-newest": (409, "The track has a newer job"),
    "not-qc-failed": (409, "The quality check did not refuse it"),
    "artefact-missing": (409, "A step needs what no step has made yet"),
    "request-running": (409, "A request with the same key is being worked on"),
    "upload-closed": (410, "The upload has ended"),
    "stale": (412, "The version is not the newest"),
    "body-too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "The body must be JSON"),
    "validation-failed": (422, "Fields are not valid"),
    "cursor-invalid": (422, "The cursor can't be used"),
    "idempotency-key-reused": (422, "The Idempotency-Key belongs to another request"),
    "file-too-large": (422, "The file is too large"),
    "unsupported-audio-type": (422, "The file is not audio"),
    "part-size-invalid": (422, "The part size can't be used"),
    "callback-url-invalid": (422, "The callback URL can't be used"),
    "lyrics-invalid": (422, "The lyrics can't be used"),
    "lyrics-empty": (422, "The lyrics have no words"),
    "lyrics-too-long": (422, "The lyrics are too long"),
    "line-invalid": (422, "A line can't be used"),
    "unknown-id": (422, "A line or word is not known"),
    "duplicate-id": (422, "A line or word is named twice"),
    "words-mismatch": (422, "The words are not the line"),
    "times-invalid": (422, "The times can't be true"),
    "not-ready": (425, "Not ready yet"),
    "if-match-required": (428, "If-Match must name the version"),
    "rate-limited": (429, "Too many requests"),
    "internal": (500, "Something broke"),
    "outcome-unknown": (503, "Nobody knows whether it happened"),
    "unavailable": (503, "A server that is needed doesn't answer"),
}
"""Every code with its status and title; a rejected event's reason that is not here is a conflict."""

ADVICE = {
    "job-closed": "Only a queued or running job can be canceled.",
    "not-failed": "Only a failed job can be retried: read the job to see what it does.",
    "not-newest": "Retry the newest job of the track, or reprocess the track.",
    "not-qc-failed": "Retry it without acceptQc.",
}
"""What a client can do about a rejection whose reason says it all."""

BY_STATUS = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}


class Problem(Exception):
    """A request ends with this answer. `members` are added to the problem's body, in camelCase."""

    def __init__(
        self,
        code: str,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.members = members

    @property
    def status(self) -> int:
        return CODES[self.code][0] if self.code in CODES else HTTPStatus.CONFLICT

    def body(self, *, instance: str, trace_id: str) -> dict[str, Any]:
        title = CODES[self.code][1] if self.code in CODES else "The state does not allow it"
        return {
            "type": f"urn:aik:problem:{self.code}",
            "title": title,
            "status": self.status,
            "detail": self.detail or f"{title}.",
            "instance": instance,
            "code": self.code,
            "traceId": trace_id,
            **self.members,
        }


def rejection(reason: str, detail: str | None) -> Problem:
    """A rejected event answers with its reason as the code."""
    if reason == "job-running":
        return Problem(reason, "Wait for the job to end, or cancel it.", jobId=detail)
    if reason == "artefact-missing":
        return Problem(reason, f"Name the step {detail} as well.", step=detail)
    if reason == "stale":
        return Problem(reason, f"Somebody was faster: {detail}. Read it and edit that.")
    return Problem(reason, detail or ADVICE.get(reason))
