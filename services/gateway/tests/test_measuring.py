"""How requests are counted: by template, never by what a client may choose."""

import httpx
import pytest
from aik_gateway.api.measuring import Measured
from fastapi import APIRouter
from prometheus_client import REGISTRY
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

ROUTER = APIRouter()


@ROUTER.get("/v1/songs/{song_id}/words")
@ROUTER.post("/v1/songs/{song_id}/words")
def words(song_id: str) -> None:
    """Only its path counts."""


class Answering:
    """Answers everything with one status, or breaks."""

    def __init__(self, status: int | None) -> None:
        self._status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._status is None:
            raise RuntimeError
        await Response(status_code=self._status)(scope, receive, send)


def counted(route: str, method: str, status: str) -> float:
    labels = {"route": route, "method": method, "status": status}
    return REGISTRY.get_sample_value("aik_http_requests_total", labels) or 0


async def ask(method: str, path: str, status: int | None) -> None:
    transport = httpx.ASGITransport(app=Measured(Answering(status), [ROUTER]), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:
        await client.request(method, path)


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        ("GET", "/v1/songs/1/words", 200, ("/v1/songs/{song_id}/words", "GET", "2xx")),
        ("POST", "/v1/songs/2/words", 409, ("/v1/songs/{song_id}/words", "POST", "4xx")),
        ("HEAD", "/v1/songs/2/words", 304, ("/v1/songs/{song_id}/words", "HEAD", "3xx")),
        ("GET", "/v1/songs/1/words", None, ("/v1/songs/{song_id}/words", "GET", "5xx")),
        ("GET", "/v1/songs", 404, ("other", "GET", "4xx")),
        ("BREW", "/v1/songs/1/words", 405, ("/v1/songs/{song_id}/words", "other", "4xx")),
    ],
)
async def test_a_request_is_counted_once_by_template_method_and_class(
    method: str, path: str, status: int | None, expected: tuple[str, str, str]
) -> None:
    before = counted(*expected)
    timed = {"route": expected[0], "method": expected[1]}
    name = "aik_http_request_duration_seconds_count"
    times = REGISTRY.get_sample_value(name, timed) or 0
    await ask(method, path, status)
    assert counted(*expected) == before + 1
    assert REGISTRY.get_sample_value(name, timed) == times + 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_what_operators_ask_is_no_request_of_a_client(path: str) -> None:
    before = counted("other", "GET", "5xx")
    await ask("GET", path, 503)
    assert counted("other", "GET", "5xx") == before


def test_routes_are_counted_from_zero() -> None:
    Measured(Answering(200), [ROUTER])
    labels = {"route": "/v1/songs/{song_id}/words", "method": "GET", "status": "5xx"}
    assert REGISTRY.get_sample_value("aik_http_requests_total", labels) is not None
