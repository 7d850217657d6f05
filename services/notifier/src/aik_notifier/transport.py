"""Posts a message: resolves once, checks every address, and connects to exactly what was checked."""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress

import httpcore
import structlog
from aik_service.callback_url import DEFAULT_PORTS, AddressRefused, AddressRules, Target

from aik_notifier.poster import Answer

log = structlog.get_logger()
MAX_BODY = 1024
CONNECT_S = 5.0
"""For each address of a host, so that a dead one leaves time for the next."""
BODY_SHARE = 0.2
"""Of the time for a try: how long the answer's body is waited for, which decides nothing."""
HTTP_ERRORS = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError)

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, in the order in which they should be tried. Raises OSError."""


async def system_resolver(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections for one scheme. TLS and Host still see the host's name, only the dialing sees addresses."""

    def __init__(
        self, scheme: str, rules: AddressRules, resolve: Resolver, dialer: httpcore.AsyncNetworkBackend
    ) -> None:
        self._scheme = scheme
        self._rules = rules
        self._resolve = resolve
        self._dialer = dialer

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises AddressRefused when one address of the host is not allowed, OSError when it has none."""
        found = await self._resolve(host, port)
        checked = [self._rules.check(self._scheme, address, port) for address in found]
        for last, address in enumerate(checked, start=1):
            try:
                return await self._dialer.connect_tcp(address, port, CONNECT_S, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == len(checked):
                    raise
        raise OSError(f"{host} has no address")


class HttpPoster:
    """A connection is used for one request only: what is kept open would not be checked again.

    Follows no redirects, knows no proxies and no cookies, and reads 1 KiB of an answer at most.
    """

    def __init__(
        self,
        rules: AddressRules,
        *,
        timeout_s: float,
        resolve: Resolver,
        dialer: httpcore.AsyncNetworkBackend,
        tls: ssl.SSLContext,
    ) -> None:
        self._rules = rules
        self._timeout_s = timeout_s
        self._tls = tls
        self._backends = {scheme: CheckedBackend(scheme, rules, resolve, dialer) for scheme in DEFAULT_PORTS}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                status, retry_after, text = await self._exchange(self._rules.check_url(url), headers, body)
        except (AddressRefused, TimeoutError, OSError, ValueError, *HTTP_ERRORS) as error:
            code = _code(error)
            # What was refused or broken may name addresses inside: for the log of the operators, not for the fact.
            log.info("a webhook got no answer", error=code, detail=repr(error))
            return Answer(latency_ms=_since(started), error=code)
        error_code = None if 200 <= status < 300 else f"http-{status}"
        return Answer(_since(started), status=status, body=text, error=error_code, retry_after=retry_after)

    async def _exchange(self, target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None, str]:
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        sent = [("host", target.authority), ("accept-encoding", "identity"), *headers.items()]
        backend = self._backends[target.scheme]
        async with (
            httpcore.AsyncHTTPConnection(url.origin, ssl_context=self._tls, network_backend=backend) as connection,
            connection.stream("POST", url, headers=sent, content=body) as response,
        ):
            found = {name.lower(): value for name, value in response.headers}
            retry_after = found.get(b"retry-after")
            text = await _start_of(response, self._timeout_s * BODY_SHARE)
            return response.status, None if retry_after is None else retry_after.decode("latin-1"), text


async def _start_of(response: httpcore.Response, seconds: float) -> str:
    """Without NULs, which Postgres can't store; the body's end, however it comes, is not an error."""
    read = b""
    with suppress(TimeoutError, *HTTP_ERRORS):
        async with asyncio.timeout(seconds):
            async for chunk in response.aiter_stream():
                read += chunk
                if len(read) >= MAX_BODY:
                    break
    return read[:MAX_BODY].decode("utf-8", errors="replace").replace("\0", "\ufffd")


def _code(error: Exception) -> str:
    match error:
        case AddressRefused():
            return error.code
        case TimeoutError() | httpcore.TimeoutException():
            return "timeout"
        case httpcore.ConnectError() if any(isinstance(cause, ssl.SSLError) for cause in error.args):
            return "tls-failed"
        case httpcore.ConnectError():
            return "connect-failed"
        case httpcore.ProtocolError():
            return "answer-broken"
        case httpcore.NetworkError():
            return "connection-broken"
        case _:
            return "name-not-resolved"


def _since(started: float) -> int:
    """Milliseconds."""
    return round((time.monotonic() - started) * 1000)
