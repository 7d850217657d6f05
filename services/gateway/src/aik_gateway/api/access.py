"""Who may ask, and how often: bearer tokens and the rate limit, before anything of a request is read."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aik_gateway.api.wiring import CLIENT_ID, CLIENT_ID_PATTERN
from aik_gateway.private.rate_limits import WINDOW_S, RateLimits, Standing
from aik_gateway.private.tokens import Tokens
from aik_gateway.problems import Problem

BEARER = re.compile(r"bearer +([!-~]+) *", re.IGNORECASE)


class Authorized:
    """Under /v1 a client shows a token of its own; OPTIONS and everything else need none."""

    def __init__(self, app: ASGIApp, tokens: Tokens, *, required: bool) -> None:
        self._app = app
        self._tokens = tokens
        self._required = required

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._required and _is_ours(scope):
            await self._check(Headers(scope=scope))
        await self._app(scope, receive, send)

    async def _check(self, headers: Headers) -> None:
        found = BEARER.fullmatch(headers.get("authorization", ""))
        if found is None:
            detail = "Send Authorization: Bearer with an API token of this client."
            raise Problem("token-missing", detail, headers={"WWW-Authenticate": "Bearer"})
        client = await self._tokens.client_of(found[1])
        if client is None:
            challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise Problem("token-unknown", "It was never made, or is revoked.", headers=challenge)
        if headers.get(CLIENT_ID, client) != client:
            raise Problem("token-foreign", f"Send the {CLIENT_ID} that the token was made for.")


class RateLimited:
    """Under /v1 each client has a budget a minute; every answer tells what is left of it."""

    def __init__(self, app: ASGIApp, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = Headers(scope=scope).get(CLIENT_ID, "") if _is_ours(scope) else ""
        if self._limits.quota == 0 or not CLIENT_ID_PATTERN.fullmatch(client):
            return await self._app(scope, receive, send)
        standing = await self._limits.take(client)
        if standing is None:
            return await self._app(scope, receive, send)
        headers = self._headers(standing)
        if not standing.allowed:
            detail = f"A client may ask {self._limits.quota} times in {WINDOW_S} s."
            raise Problem("rate-limited", detail, headers={**headers, "Retry-After": str(standing.reset_s)})

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await self._app(scope, receive, telling)

    def _headers(self, standing: Standing) -> dict[str, str]:
        """Structured fields of draft-ietf-httpapi-ratelimit-headers."""
        return {
            "RateLimit-Policy": f'"default";q={self._limits.quota};w={WINDOW_S}',
            "RateLimit": f'"default";r={standing.remaining};t={standing.reset_s}',
        }


def _is_ours(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] != "OPTIONS" and str(scope["path"]).startswith("/v1/")
