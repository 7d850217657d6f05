"""The api as one ASGI application."""

from collections.abc import Mapping

from aik_service.health import Check, routes
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from aik_gateway.api import answers, assets, importing, jobs, limits, lyrics, tracks, uploads, webhooks
from aik_gateway.api.access import Authorized, RateLimited
from aik_gateway.api.headers import Methods, Secured
from aik_gateway.api.middleware import Bodies, LastResort, Traced
from aik_gateway.api.once import Remembered
from aik_gateway.api.replies import ProblemBody
from aik_gateway.api.wiring import Gateway

ALLOWED = (
    "X-Client-Id Authorization Content-Type Idempotency-Key If-Match If-None-Match Last-Event-ID traceparent tracestate"
)
EXPOSED = "ETag Location Retry-After RateLimit RateLimit-Policy traceparent"
MODULES = (uploads, importing, tracks, assets, lyrics, jobs, webhooks, limits)
PROBLEM = {
    "description": "A problem, with a stable `code` and the `traceId`",
    "content": {"application/problem+json": {"schema": ProblemBody.model_json_schema()}},
}


def create_app(gateway: Gateway, checks: Mapping[str, Check]) -> FastAPI:
    app = FastAPI(
        title="AIK",
        version="1",
        summary="Uploaded songs become karaoke tracks.",
        redirect_slashes=False,
        responses={"default": PROBLEM},
        middleware=[
            Middleware(Traced),
            Middleware(Secured),
            Middleware(
                CORSMiddleware,
                allow_origins=gateway.settings.cors_origins,
                allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
                allow_headers=ALLOWED.split(),
                expose_headers=EXPOSED.split(),
            ),
            Middleware(LastResort),
            Middleware(Methods, routers=[module.router for module in MODULES]),
            Middleware(Authorized, tokens=gateway.tokens, required=gateway.settings.tokens_required),
            Middleware(RateLimited, limits=gateway.rate_limits),
            Middleware(Bodies),
            Middleware(Remembered),
        ],
    )
    app.state.gateway = gateway
    answers.install(app)
    for module in MODULES:
        app.include_router(module.router)
    app.router.routes.extend(routes(checks))
    return app
