"""The rules for every request, whatever it asks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from aik_events.log.memory import MemoryLog
from aik_gateway.api.app import create_app
from aik_gateway.api.middleware import Bodies
from aik_gateway.api.wiring import Gateway
from aik_gateway.commands import Commands
from aik_gateway.documents import Documents
from aik_gateway.feeds import Feeds
from aik_gateway.multipart import S3Multiparts
from aik_gateway.presigning import OwnSigner, Presigner, Unbound
from aik_gateway.private.rate_limits import RateLimits
from aik_gateway.private.request_keys import RequestKeys
from aik_gateway.private.secrets import Secrets
from aik_gateway.private.tokens import Tokens
from aik_gateway.progress import Progress
from aik_gateway.readmodel.queries import ReadModel, Reads
from aik_gateway.settings import GatewaySettings
from aik_gateway.speeds import LearnedSpeeds
from aik_gateway.verdicts import Verdicts
from aik_service import tracing
from aik_service.database import Database
from aik_service.objects import ObjectsUnavailable
from aik_service.objects.memory import MemoryObjects
from aik_service.sealing import Sealer
from pydantic import SecretStr
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

ORIGIN = "https://app.example.org"
NOWHERE = Database("postgresql://127.0.0.1:1/none", "none")
TRACE = "0af7651916cd43dd8448eb211c80319c"


class Raising(ReadModel):
    """A read model that breaks in a given way."""

    def __init__(self, error: Exception) -> None:
        super().__init__(NOWHERE)
        self.error = error

    @asynccontextmanager
    async def snapshot(self, client_id: str) -> AsyncIterator[Reads]:
        raise self.error
        yield


def client_of(read_model: ReadModel) -> httpx.AsyncClient:
    settings = GatewaySettings(
        s3_access_key="key", s3_secret_key=SecretStr("key"), secret_key=SecretStr("key"), cors_origins=(ORIGIN,)
    )
    log, signer = MemoryLog(), OwnSigner(settings)
    gateway = Gateway(
        settings=settings,
        read_model=read_model,
        commands=Commands(log, Verdicts(NOWHERE, read_model.verdict), wait_s=1),
        documents=Documents(MemoryObjects()),
        multiparts=S3Multiparts(signer, httpx.AsyncClient()),
        presigner=Presigner(Unbound(signer)),
        secrets=Secrets(NOWHERE, Sealer(settings.secret_key), lambda: datetime.now(UTC)),
        progress=Progress(log),
        speeds=LearnedSpeeds(read_model),
        clock=lambda: datetime.now(UTC),
        request_keys=RequestKeys(NOWHERE, Sealer(settings.secret_key), lambda: datetime.now(UTC)),
        tokens=Tokens(NOWHERE, lambda: datetime.now(UTC)),
        rate_limits=RateLimits(NOWHERE, 0),
        feeds=Feeds(NOWHERE, read_model.newest_told),
    )
    transport = httpx.ASGITransport(create_app(gateway, {}))
    return httpx.AsyncClient(transport=transport, base_url="http://api", headers={"X-Client-Id": "cli"})


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(Raising(ObjectsUnavailable("gone"))) as made:
        yield made


def summary(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of an answer that is a problem in every respect."""
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert body["type"] == f"urn:aik:problem:{body['code']}"
    assert body["status"] == answer.status_code
    assert body["traceId"] == answer.headers["traceparent"].split("-")[1]
    assert body["instance"] == answer.request.url.path
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["code"]


UPLOAD: dict[str, Any] = {"filename": "a.mp3", "size": 1}
NOT_JSON: dict[str, Any] = {"content": b"{", "headers": {"Content-Type": "application/json"}}
PLAIN: dict[str, Any] = {"content": b"{}", "headers": {"Content-Type": "text/plain"}}


@pytest.mark.parametrize(
    ("method", "path", "arguments", "expected"),
    [
        ("GET", "/nowhere", {}, (404, "not-found")),
        ("GET", "/v1/nowhere", {}, (404, "not-found")),
        ("GET", "/v1/uploads/", {}, (404, "not-found")),
        ("DELETE", "/v1/uploads", {}, (405, "method-not-allowed")),
        ("GET", "/v1/jobs/job_1", {"headers": {"X-Client-Id": ""}}, (400, "client-id-required")),
        ("GET", "/v1/jobs/job_1", {"headers": {"X-Client-Id": "a b"}}, (400, "client-id-required")),
        ("GET", "/v1/jobs/job_1", {"headers": {"X-Client-Id": "a" * 129}}, (400, "client-id-required")),
        ("POST", "/v1/uploads", NOT_JSON, (400, "malformed-json")),
        ("POST", "/v1/uploads", PLAIN, (415, "unsupported-media-type")),
        ("POST", "/v1/uploads", {"json": {**UPLOAD, "filename": "a" * (1 << 20)}}, (413, "body-too-large")),
        ("POST", "/v1/uploads", {"json": {}}, (422, "validation-failed")),
        ("POST", "/v1/uploads", {"json": {**UPLOAD, "filename": "a\0b.mp3"}}, (422, "validation-failed")),
        ("POST", "/v1/uploads", {"json": {**UPLOAD, "size": 1 << 40}}, (422, "file-too-large")),
        ("POST", "/v1/tracks/trk_1/reprocess", {"json": {"steps": ["check"]}}, (422, "validation-failed")),
        ("POST", "/v1/tracks/trk_1/reprocess", {"json": {"steps": []}}, (422, "validation-failed")),
        ("GET", "/v1/jobs/job_1", {}, (503, "unavailable")),
        ("POST", "/v1/jobs/%E5%AD%97/retry", {}, (503, "unavailable")),
    ],
)  # fmt: skip
async def test_every_error_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, arguments: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert summary(await client.request(method, path, **arguments)) == expected


async def test_a_body_without_a_length_is_limited_too(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65_536

    answer = await client.post("/v1/uploads", content=endless(), headers={"Content-Type": "application/json"})
    assert summary(answer) == (413, "body-too-large")


async def test_half_a_body_is_not_processed() -> None:
    """A client that went away in the middle of its body gets no answer, and nothing is done for it."""
    sent: list[Message] = [{"type": "http.request", "body": b"{}", "more_body": True}, {"type": "http.disconnect"}]
    seen: list[object] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())

    async def receive() -> Message:
        return sent.pop(0)

    async def send(message: Message) -> None:
        seen.append(message)

    headers = [(b"transfer-encoding", b"chunked"), (b"content-type", b"application/json")]
    await Bodies(application)({"type": "http", "headers": headers}, receive, send)
    assert (seen, sent) == ([], [])


async def test_what_breaks_tells_nothing_of_itself() -> None:
    with capture_logs() as logged:
        async with client_of(Raising(RuntimeError("the password is hunter2"))) as client:
            answer = await client.get("/v1/jobs/job_1", headers={"Origin": ORIGIN})
    assert summary(answer) == (500, "internal")
    assert "hunter2" not in answer.text
    assert [entry["event"] for entry in logged] == ["a request broke"]
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_every_wrong_field_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/uploads", json={"filename": "a.mp3", "size": -1, "sha256": "x"})
    assert [(e["in"], e["pointer"]) for e in answer.json()["errors"]] == [("body", "/size"), ("body", "/sha256")]


async def test_a_trace_is_continued_or_begun(client: httpx.AsyncClient) -> None:
    continued = await client.get("/nowhere", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
    assert continued.json()["traceId"] == TRACE
    begun = [(await client.get("/nowhere")).json()["traceId"] for _ in range(2)]
    assert len({*begun, TRACE, "0" * 32}) == 4


async def test_a_request_is_not_in_the_trace_of_the_one_before(client: httpx.AsyncClient) -> None:
    """A server may start it in the context in which the last one on its connection ended."""
    with tracing.span("before"):
        answer = await client.get("/nowhere")
        assert answer.json()["traceId"] != tracing.trace_id()


async def test_a_preflight_needs_no_client_id_and_allows_our_headers(client: httpx.AsyncClient) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "If-Match"}
    answer = await client.options("/v1/tracks/trk_1/lyrics", headers={**asked, "X-Client-Id": ""})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert "If-Match" in answer.headers["access-control-allow-headers"]


async def test_a_path_that_could_be_an_id_has_its_own_methods(client: httpx.AsyncClient) -> None:
    answer = await client.options("/v1/tracks/import")
    assert (answer.status_code, answer.headers["allow"]) == (204, "OPTIONS, POST")


async def test_errors_are_readable_from_an_allowed_origin_only(client: httpx.AsyncClient) -> None:
    ours = await client.get("/nowhere", headers={"Origin": ORIGIN})
    assert (ours.headers["access-control-allow-origin"], "ETag" in ours.headers["access-control-expose-headers"]) == (
        ORIGIN,
        True,
    )
    theirs = await client.get("/nowhere", headers={"Origin": "https://evil.example.org"})
    assert "access-control-allow-origin" not in theirs.headers


async def test_the_contract_is_served(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert {f"{method} {path}" for path, item in paths.items() for method in item} >= {
        "post /v1/uploads",
        "get /v1/uploads/{uploadId}",
        "post /v1/uploads/{uploadId}/parts",
        "post /v1/uploads/{uploadId}/complete",
        "post /v1/tracks/import",
        "get /v1/tracks",
        "get /v1/tracks/{trackId}",
        "patch /v1/tracks/{trackId}",
        "delete /v1/tracks/{trackId}",
        "get /v1/tracks/{trackId}/ready",
        "get /v1/tracks/{trackId}/lyrics",
        "patch /v1/tracks/{trackId}/lyrics",
        "post /v1/tracks/{trackId}/reprocess",
        "get /v1/tracks/{trackId}/assets",
        "get /v1/tracks/{trackId}/versions",
        "get /v1/jobs/{jobId}",
        "get /v1/jobs/{jobId}/events",
        "post /v1/jobs/{jobId}/cancel",
        "post /v1/jobs/{jobId}/retry",
        "post /v1/webhooks/secret/rotate",
        "get /v1/webhooks/secret",
        "get /v1/webhooks/deliveries",
        "post /v1/webhooks/deliveries/{deliveryId}/redeliver",
        "post /v1/webhooks/test",
        "get /v1/webhooks/endpoints",
        "post /v1/webhooks/endpoints/{endpointId}/enable",
    }


async def test_the_contract_says_who_must_be_named_and_which_steps_may_be(client: httpx.AsyncClient) -> None:
    contract = (await client.get("/openapi.json")).json()
    for item in contract["paths"].values():
        for operation in item.values():
            required = {one["name"]: one["required"] for one in operation["parameters"] if one["in"] == "header"}
            assert required["X-Client-Id"]
    schemas = contract["components"]["schemas"]
    reprocess = schemas["ReprocessRequest"]["properties"]["steps"]
    assert (reprocess["items"]["enum"], reprocess["maxItems"]) == (["separate", "transcribe", "align"], 3)
    edit = schemas["LyricsPatch"]["properties"]["reprocess"]["anyOf"][0]
    assert (edit["items"]["enum"], edit["maxItems"]) == (["separate", "align"], 2)
