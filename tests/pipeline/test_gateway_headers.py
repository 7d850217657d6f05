"""Headers of every answer, what may be kept, and what HEAD, OPTIONS and 405 say of a resource."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.pipeline.gateway_song import Song, imported
from tests.pipeline.gateway_stack import GatewayStack

ORIGIN = "https://app.example.org"
EXPOSED = {"ETag", "Location", "Retry-After", "RateLimit", "RateLimit-Policy", "traceparent"}
ALLOWED = {
    *("X-Client-Id", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"),
    *("Last-Event-ID", "traceparent", "tracestate"),
}


@pytest.fixture
async def client(gateway: GatewayStack) -> AsyncIterator[httpx.AsyncClient]:
    async with gateway.api(cors_origins=ORIGIN) as made:
        yield made


@pytest.fixture
async def song(gateway: GatewayStack, client: httpx.AsyncClient) -> Song:
    song = await imported(gateway, client)
    await song.publish()
    return song


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/limits", 200),
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/v1/nowhere", 404),
        ("PUT", "/v1/limits", 405),
        ("OPTIONS", "/v1/limits", 204),
        ("POST", "/v1/uploads", 422),
        ("POST", "/v1/webhooks/secret/rotate", 201),
    ],
)
async def test_every_answer_is_sealed_off(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "traceparent" in answer.headers


async def test_a_page_for_people_may_run_its_scripts_but_is_never_framed(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'"} < set(policy.split("; "))
    assert "script-src" in policy


async def test_each_answer_says_whether_it_may_be_kept(client: httpx.AsyncClient, song: Song) -> None:
    track, kept, never = f"/v1/tracks/{song.track_id}", "private, no-cache", "no-store"
    reads = {
        path: (await client.get(path)).headers for path in (f"{track}/ready", f"{track}/lyrics", f"{track}/assets")
    }
    assert {headers["cache-control"] for headers in reads.values()} == {kept}
    for path, headers in reads.items():
        again = await client.get(path, headers={"If-None-Match": headers["etag"]})
        assert (again.status_code, again.headers["cache-control"], again.content) == (304, kept, b"")
    for path in (f"{track}/ready?version=9", "/v1/limits", "/healthz", "/metrics"):
        assert (await client.get(path)).headers["cache-control"] == never
    command = await client.post(f"{track}/reprocess", json={"steps": ["align"]})
    assert (command.status_code, command.headers["cache-control"]) == (202, never)
    secret = await client.post("/v1/webhooks/secret/rotate")
    assert (secret.status_code, secret.headers["cache-control"]) == (201, never)


async def test_head_is_get_without_the_body(client: httpx.AsyncClient, song: Song) -> None:
    for path in (f"/v1/tracks/{song.track_id}/lyrics", "/healthz", "/v1/tracks/trk_0"):
        got, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.headers.get("etag") == got.headers.get("etag")


async def test_a_resource_tells_its_methods(client: httpx.AsyncClient) -> None:
    """All of them, though each is a route of its own; nobody needs to say who asks."""
    lyrics = "/v1/tracks/trk_1/lyrics"
    asked = await client.options(lyrics, headers={"X-Client-Id": ""})
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, "GET, HEAD, OPTIONS, PATCH", b"")
    refused = await client.put(lyrics)
    assert (refused.status_code, refused.json()["code"]) == (405, "method-not-allowed")
    assert refused.headers["allow"] == asked.headers["allow"]
    assert (await client.options("/v1/nowhere")).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_a_preflight_allows_every_method_and_header_of_ours(client: httpx.AsyncClient, method: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": ", ".join(sorted(ALLOWED)),
    }
    answer = await client.options("/v1/tracks/trk_1", headers=asked | {"X-Client-Id": ""})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert method in answer.headers["access-control-allow-methods"]
    assert set(answer.headers["access-control-allow-headers"].split(", ")) >= ALLOWED


async def test_a_preflight_from_elsewhere_is_refused_with_a_problem(client: httpx.AsyncClient) -> None:
    asked = {"Origin": "https://evil.example.org", "Access-Control-Request-Method": "GET"}
    answer = await client.options("/v1/limits", headers=asked)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/v1/limits", {}, 200),
        ("GET", "/v1/limits", {"X-Client-Id": "a b"}, 400),
        ("GET", "/v1/nowhere", {}, 404),
        ("PUT", "/v1/limits", {}, 405),
        ("POST", "/v1/uploads", {"Content-Length": str(2 << 20)}, 413),
        ("POST", "/v1/uploads", {}, 422),
    ],
)
async def test_a_browser_may_read_every_answer(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await client.request(method, path, headers=headers | {"Origin": ORIGIN})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, ORIGIN)
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == EXPOSED


async def test_limits_are_told_in_numbers(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/limits")).json() == {
        "body": {"maxBytes": 1_048_576},
        "lyrics": {"maxBytes": 65_536, "maxLines": 2_000},
        "upload": {"maxBytes": 1_073_741_824, "lifetimeMs": 86_400_000},
        "part": {
            "minBytes": 5_242_880,
            "maxBytes": 5_368_709_120,
            "maxParts": 10_000,
            "maxUrls": 100,
            "urlLifetimeMs": 3_600_000,
        },
        "download": {"urlLifetimeMs": 600_000},
        "list": {"maxItems": 100},
        "rate": None,
    }
