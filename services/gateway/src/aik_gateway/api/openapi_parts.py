"""What the OpenAPI document says once for all routes."""

from typing import Any

Json = dict[str, Any]

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

ABOUT = """\
Uploaded songs become karaoke tracks: upload a file in parts, import it, wait for its job, read what is ready.

Bodies are JSON in camelCase, times RFC 3339 UTC, durations and positions integer milliseconds. Everything belongs to
the client that X-Client-Id names. Every error is an RFC 9457 problem with a stable `code`. Readers ignore fields and
enum values that they don't know.
"""

TAGS = [
    {"name": "uploads", "description": "Files, straight to the object store, in parts, by presigned URLs."},
    {"name": "tracks", "description": "What there is, what is ready, and doing steps again."},
    {"name": "lyrics", "description": "Read with their times, edited into a new version."},
    {"name": "jobs", "description": "How far the work on a track is, stopped and taken up again."},
    {"name": "webhooks", "description": "Secrets, endpoints and deliveries."},
    {"name": "limits", "description": "What a client may ask for."},
]

SECURITY: list[Json] = [{}, {"token": []}]
SECURITY_SCHEMES: Json = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "Needed where the operator has made API tokens; each belongs to one client.",
    }
}


def _header(description: str, example: object, *, kind: str = "string", required: bool = False) -> Json:
    return {"description": description, "required": required, "schema": {"type": kind}, "example": example}


HEADERS: Json = {
    "traceparent": _header(
        "The W3C trace that the request is in; its id is a problem's traceId.", TRACEPARENT, required=True
    ),
    "ETag": _header("Ask again with it in If-None-Match.", '"v2.8f14e45fceea167a"', required=True),
    "Location": _header("The path of what was made.", "/v1/jobs/job_01kb3x5p7w"),
    "Retry-After": _header("Seconds after which to ask again.", 3, kind="integer"),
    "RateLimit": _header(
        "What is left of the client's limit and when it is whole again; not on 401 and 403.", '"default";r=118;t=41'
    ),
    "RateLimit-Policy": _header("The client's limit; not on 401 and 403.", '"default";q=120;w=60'),
    "WWW-Authenticate": _header("How to authenticate.", "Bearer", required=True),
}
