"""The api as one ASGI application."""

from collections.abc import Mapping
from typing import Any

from aik_service.health import Check, routes
from fastapi import FastAPI
from pydantic.alias_generators import to_camel
from starlette.middleware import Middleware

from aik_gateway.api import (
    answers,
    assets,
    docs_page,
    importing,
    jobs,
    limits,
    lyrics,
    tracks,
    uploads,
    webhook_messages,
    webhooks,
)
from aik_gateway.api.access import Authorized, RateLimited
from aik_gateway.api.headers import Cors, Methods, Secured
from aik_gateway.api.measuring import Measured
from aik_gateway.api.middleware import Bodies, LastResort, Traced
from aik_gateway.api.once import Remembered
from aik_gateway.api.openapi import described
from aik_gateway.api.wiring import Gateway

ALLOWED = (
    "X-Client-Id Authorization Content-Type Idempotency-Key If-Match If-None-Match Last-Event-ID traceparent tracestate"
)
EXPOSED = "ETag Location Retry-After RateLimit RateLimit-Policy traceparent"
MODULES = (uploads, importing, tracks, assets, lyrics, jobs, webhooks, limits)
NO_422_OF_FASTAPI: dict[int | str, dict[str, Any]] = {"default": {"description": ""}}
"""A default answer keeps FastAPI from describing its own; openapi.py takes it out again."""


def create_app(gateway: Gateway, checks: Mapping[str, Check]) -> FastAPI:
    routers = [module.router for module in MODULES]
    app = _routed(
        Middleware(Measured, routers=routers),
        Middleware(Traced),
        Middleware(Secured),
        Middleware(
            Cors,
            allow_origins=gateway.settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
            allow_headers=ALLOWED.split(),
            expose_headers=EXPOSED.split(),
        ),
        Middleware(LastResort),
        Middleware(Methods, routers=routers),
        Middleware(Authorized, tokens=gateway.tokens, required=gateway.settings.tokens_required),
        Middleware(RateLimited, limits=gateway.rate_limits),
        Middleware(Bodies),
        Middleware(Remembered),
    )
    app.state.gateway = gateway
    answers.install(app)
    app.router.routes.extend([*routes(checks), *docs_page.routes(app.title)])
    return app


def contract() -> dict[str, Any]:
    """The OpenAPI document."""
    return _routed().openapi()


def _routed(*middleware: Middleware) -> FastAPI:
    """The routes of the contract, with nothing behind them yet."""
    app = FastAPI(
        title="AIK",
        version="1",
        summary="Uploaded songs become karaoke tracks.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=NO_422_OF_FASTAPI,
        generate_unique_id_function=lambda route: to_camel(route.name),
        middleware=middleware,
        webhooks=webhook_messages.router,
    )
    for module in MODULES:
        app.include_router(module.router)
    return described(app)
