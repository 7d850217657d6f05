"""What stands before the processes of the API, as a cluster's service does: each request goes to the next of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx

from tests.upgrade.fleet import Running

HOST = "aik.test"
URL = f"http://{HOST}"


@dataclass(frozen=True)
class ServerError:
    release: str
    status: int
    request: str
    body: str


@dataclass
class Front(httpx.AsyncBaseTransport):
    """Requests to any other host go there. `answers` counts by release and what came back."""

    apis: list[Running] = field(default_factory=list)
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    errors: list[ServerError] = field(default_factory=list)
    _direct: httpx.AsyncHTTPTransport = field(default_factory=lambda: httpx.AsyncHTTPTransport(trust_env=False))
    _turn: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host != HOST:
            return await self._direct.handle_async_request(request)
        self._turn += 1
        api = self.apis[self._turn % len(self.apis)]
        there = httpx.URL(api.address)
        request.url = request.url.copy_with(host=there.host, port=there.port)
        try:
            answer = await self._direct.handle_async_request(request)
        except httpx.TransportError:
            self.answers[api.release, "no answer"] += 1
            raise
        kind = "command" if request.method != "GET" and answer.is_success else f"{answer.status_code // 100}xx"
        self.answers[api.release, kind] += 1
        return await self._noted(api, request, answer) if answer.is_server_error else answer

    async def _noted(self, api: Running, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        body = await answer.aread()
        about = f"{request.method} {request.url.path}"
        self.errors.append(ServerError(api.release, answer.status_code, about, body.decode(errors="replace")))
        return httpx.Response(answer.status_code, headers=answer.headers, content=body)

    async def aclose(self) -> None:
        await self._direct.aclose()


def unexpected(errors: Sequence[ServerError]) -> Sequence[ServerError]:
    """Those that no client should see: 503 asks it to come again."""
    return [error for error in errors if error.status != httpx.codes.SERVICE_UNAVAILABLE]
