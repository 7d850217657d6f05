"""Requests are counted by the route's template, so that no client can make new series."""

import time
from collections.abc import Sequence

from fastapi import APIRouter
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aik_gateway.metrics import LATENCY, REQUESTS

OF_OPERATORS = ("/healthz", "/readyz", "/metrics")
"""Not counted: a dependency that is down is no request that failed."""
METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS")
OTHER = "other"
STATUSES = ("2xx", "4xx", "5xx")


class Measured:
    """Outside of everything, so that what is refused counts as well; what broke without an answer counts as 5xx.

    A stream's time ends where it begins. Who went away before there was an answer is not counted.
    """

    def __init__(self, app: ASGIApp, routers: Sequence[APIRouter]) -> None:
        self._app = app
        self._routes = [route for router in routers for route in router.routes if isinstance(route, Route)]
        for route in self._routes:
            for method in route.methods or ():
                for status in STATUSES:
                    REQUESTS.labels(route.path, method, status)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OF_OPERATORS:
            return await self._app(scope, receive, send)
        started, counted = time.perf_counter(), False

        def count(status: int) -> None:
            nonlocal counted
            counted = True
            route, method = self._template(scope["path"]), scope["method"]
            method = method if method in METHODS else OTHER
            REQUESTS.labels(route, method, f"{status // 100}xx").inc()
            LATENCY.labels(route, method).observe(time.perf_counter() - started)

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            if not counted:
                count(500)
            raise

    def _template(self, path: str) -> str:
        return next((route.path for route in self._routes if route.path_regex.match(path)), OTHER)
