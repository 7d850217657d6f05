"""What surrounds every request: its trace, its last resort, and the limit of its body."""

from aik_service import tracing
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aik_gateway.api.answers import problem_of, response_of
from aik_gateway.api.measuring import OF_OPERATORS
from aik_gateway.problems import Problem

MAX_BODY = 1 << 20


class Traced:
    """Continues the client's trace or begins one, and returns it; the span lasts as long as the answer.

    Never the trace of the request before: on a connection that is kept, a server may start a request where another
    one ended.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        is_exported = scope["path"] not in OF_OPERATORS  # Probes come every few seconds.
        outer = attach(Context())
        try:
            traceparent = Headers(scope=scope).get("traceparent")
            with tracing.span(scope["method"], traceparent, kind=SpanKind.SERVER, is_exported=is_exported) as span:
                try:
                    await self._app(scope, receive, _returned(send, span, tracing.traceparent() or ""))
                finally:
                    _name(span, scope)
        finally:
            detach(outer)


def _returned(send: Send, span: Span, traceparent: str) -> Send:
    async def with_trace(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["traceparent"] = traceparent
            span.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= 500:
                tracing.failed(span, str(message["status"]))
        await send(message)

    return with_trace


def _name(span: Span, scope: Scope) -> None:
    """By the route's template, which is known when it was found: paths are countless, and carry ids."""
    span.set_attribute("http.request.method", scope["method"])
    route = scope.get("route")
    if route is not None:
        span.set_attribute("http.route", route.path)
        span.update_name(f"{scope['method']} {route.path}")


class LastResort:
    """What no handler knows becomes a problem as well, inside of the trace and of CORS."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await response_of(problem_of(error), scope["path"])(scope, receive, send)


class Bodies:
    """Bodies are JSON of at most 1 MiB, however they are sent; they are read before the request is handled.

    Starlette's own limit answers in plain text.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return await self._app(scope, receive, send)
        body = await _read(headers, receive)
        if body is None:
            return None
        if body and not _is_json(headers.get("content-type", "")):
            raise Problem("unsupported-media-type", "Send Content-Type: application/json.")
        unread = True

        async def replay() -> Message:
            nonlocal unread
            if not unread:
                return await receive()
            unread = False
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, replay, send)


async def _read(headers: Headers, receive: Receive) -> bytes | None:
    """None when the client went away before the body's end."""
    if int(headers.get("content-length", 0)) > MAX_BODY:
        raise _too_large()
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise _too_large()
        if not message.get("more_body", False):
            return bytes(body)


def _too_large() -> Problem:
    return Problem("body-too-large", f"At most {MAX_BODY} bytes; audio goes to the part URLs of an upload.")


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
