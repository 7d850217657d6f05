"""One command, one event: asked for again under its Idempotency-Key, it is the same event and the same answer."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from hashlib import sha256
from typing import Annotated, TypeVar, cast
from uuid import uuid4

import structlog
from aik_events.catalogue import AssetUploadStarted
from aik_events.event import Event
from aik_service.database import OUTAGES
from fastapi import Depends, Header, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aik_gateway.api.wiring import IDEMPOTENCY_KEY, ClientId, Parts
from aik_gateway.private.request_keys import Claim, Key, RequestKeys
from aik_gateway.problems import Problem

log = structlog.get_logger()

E = TypeVar("E", bound=Event)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=IDEMPOTENCY_KEY,
        pattern=r"^[!-~]{1,255}$",
        description="asked for again with the same key, nothing is done twice; kept for 24 hours",
    ),
]
SIGNED_AFRESH = (AssetUploadStarted,)
"""The answer to these holds presigned URLs, which are short-lived: it is made anew from the event, and not kept."""


class AnsweredBefore(Exception):
    """The key has its answer: nothing is done, it is sent again."""

    def __init__(self, answer: str) -> None:
        super().__init__()
        self.answer = answer


class Once:
    """One request. With a key its event is stored before it is given, and its answer before it is sent."""

    def __init__(self, keys: RequestKeys, key: Key | None, new_key: Callable[[], Awaitable[Key]]) -> None:
        self._keys = keys
        self._key = key
        self._new_key = new_key
        self._claim: Claim | None = None
        self._event: Event | None = None

    async def event(self, build: Callable[[], Awaitable[E]]) -> E:
        """The event that this request's key has stored; or a new one, stored under the key before it is given."""
        if self._key is None:
            self._event = event = await build()
            return event
        claim = await self._keys.claim(self._key)
        if isinstance(claim, str):
            raise AnsweredBefore(claim)
        self._claim, self._event = claim, claim.event
        if claim.event is not None:
            # The same payload goes through the same route, which builds one type of event.
            return cast("E", claim.event)
        event = await build()
        await self._keys.store(claim, event)
        self._event = event
        return event

    async def made(self, make: Callable[[AsyncConnection], Awaitable[str]]) -> str:
        """For a command that is no event: what `make` makes in this transaction of the private schema."""
        return await self._keys.once(self._key, make)

    async def repeatable(self) -> str | None:
        """The key under which the event is stored, so that a repeat can't double it; None when it can't be stored."""
        if self._key is not None or self._event is None:
            return None if self._key is None else self._key.name
        key = await self._new_key()
        try:
            await self._keys.store_new(key, self._event)
        except OUTAGES as error:
            log.warning("an event can't be kept for a repeat", error=str(error))
            return None
        return key.name

    @property
    def is_kept(self) -> bool:
        """Whether the answer that comes now belongs to the key."""
        return self._claim is not None and self._event is not None and not isinstance(self._event, SIGNED_AFRESH)

    async def answered(self, status: int, headers: Headers, body: str) -> None:
        """Who is told to come again, or that we broke, has no final answer."""
        if self._claim is None or status >= 500 or "retry-after" in headers:
            return
        answer = json.dumps({"status": status, "headers": headers.items(), "body": body})
        try:
            await self._keys.answer(self._claim, answer)
            self._claim = None
        except OUTAGES as error:
            # The same event gives the same answer.
            log.warning("an answer can't be kept", error=str(error))

    async def end(self) -> None:
        if self._claim is None:
            return
        try:
            await self._keys.release(self._claim)
        except OUTAGES as error:
            # Others wait until the claim has run out.
            log.warning("a key can't be released", error=str(error))


async def _once(request: Request, client: ClientId, gateway: Parts, key: IdempotencyKey = None) -> AsyncIterator[Once]:
    async def named(name: str) -> Key:
        return Key(client, name, await _payload(request))

    once = Once(gateway.request_keys, None if key is None else await named(key), lambda: named(str(uuid4())))
    request.state.once = once
    try:
        yield once
    except Problem as problem:
        if problem.code == "outcome-unknown" and (name := await once.repeatable()) is not None:
            problem.members["idempotencyKey"] = name
        raise


OnceOnly = Annotated[Once, Depends(_once)]


async def _payload(request: Request) -> str:
    """A hash of everything that is asked for; how the JSON is written doesn't matter."""
    body = await request.body()
    asked = [
        request.method,
        request.url.path,
        request.url.query,
        _canonical(body),
        request.headers.get("if-match", ""),
    ]
    return sha256(json.dumps(asked).encode()).hexdigest()


def _canonical(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        # Only a route that takes no body gets here with what isn't JSON, and takes no notice of it.
        return body.hex()


class Remembered:
    """Stores the final answer of a request with a key before it is sent, and sends it again to who asks again."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        state = scope.setdefault("state", {})
        held: list[Message] = []

        async def remembering(message: Message) -> None:
            once: Once | None = state.get("once")
            if once is None or not once.is_kept:
                return await send(message)
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await once.answered(*_whole(held))
                for each in held:
                    await send(each)

        try:
            await self._app(scope, receive, remembering)
        except AnsweredBefore as before:
            for each in _messages(before.answer):
                await send(each)
        finally:
            if "once" in state:
                await state["once"].end()


def _whole(messages: list[Message]) -> tuple[int, Headers, str]:
    start, *bodies = messages
    body = b"".join(message.get("body", b"") for message in bodies)
    return start["status"], Headers(raw=list(start["headers"])), body.decode()


def _messages(answer: str) -> list[Message]:
    kept = json.loads(answer)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in kept["headers"]]
    return [
        {"type": "http.response.start", "status": kept["status"], "headers": headers},
        {"type": "http.response.body", "body": kept["body"].encode()},
    ]
