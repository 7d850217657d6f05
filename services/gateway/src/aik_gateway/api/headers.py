"""Headers that every answer has, and what HEAD, OPTIONS and 405 say of a resource."""

from collections.abc import Sequence
from itertools import chain

from fastapi import APIRouter
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aik_gateway.api.answers import response_of
from aik_gateway.problems import Problem

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
DOCUMENTS = ("/docs", "/openapi.json")


class Secured:
    """Nothing is guessed, framed, told to other sites, or kept, unless the answer itself says so."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        wanted = SECURITY | {"Cache-Control": "no-cache" if scope["path"].startswith(DOCUMENTS) else "no-store"}

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, secured)


class Cors(CORSMiddleware):
    """Starlette's, but what it refuses is a problem like every error."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" and scope["method"] == "OPTIONS" else Headers()
        if "origin" not in headers or "access-control-request-method" not in headers:
            return await super().__call__(scope, receive, send)
        answer = self.preflight_response(headers)
        if answer.status_code >= 400:
            detail = "This origin, method or header is not allowed."
            problem = Problem("bad-request", detail, headers={"Vary": answer.headers["vary"]})
            answer = response_of(problem, scope["path"])
        await answer(scope, receive, send)


class Methods:
    """HEAD is GET without the body; OPTIONS and 405 say what there is. FastAPI knows one method of a path at a time."""

    def __init__(self, app: ASGIApp, routers: Sequence[APIRouter]) -> None:
        self._app = app
        self._routers = routers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if scope["method"] == "OPTIONS" and (allowed := self._allowed(scope)):
            await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", allowed.encode())]})
            return await send({"type": "http.response.body"})
        head = scope["method"] == "HEAD"

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 405:
                MutableHeaders(scope=message)["Allow"] = self._allowed(scope)
            if head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(_as_get(scope) if head else scope, receive, told)

    def _allowed(self, scope: Scope) -> str:
        """Empty when there is nothing at this path. A path may look like another one's id: the first one it is."""
        routes = chain(scope["app"].routes, *(router.routes for router in self._routers))
        matching = [route for route in routes if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE]
        methods = {method for route in matching if route.path == matching[0].path for method in route.methods or ()}
        if not methods:
            return ""
        return ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))


def _as_get(scope: Scope) -> Scope:
    """Of an event stream HEAD tells nothing: it would never end."""
    headers = [(name, value) for name, value in scope["headers"] if name != b"accept"]
    return {**scope, "method": "GET", "headers": headers}
