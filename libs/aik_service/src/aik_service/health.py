"""/healthz, /readyz and /metrics: the same on every service."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHECK_S = 1.5

Check = Callable[[], Awaitable[object]]

log = structlog.get_logger()


class NotReady(Exception):
    """A dependency answers, but not as it is needed; the words are ours, and everybody may read them."""

    code = "not-ready"


async def readiness(checks: Mapping[str, Check]) -> dict[str, str]:
    """`ok` or the trouble of each dependency; all are asked at once, and none is waited for longer than 1.5 s.

    What a driver says may name addresses and users: that is logged, and not told.
    """

    async def ask(name: str, check: Check) -> str:
        asked = asyncio.ensure_future(_done(check))
        await asyncio.wait({asked}, timeout=CHECK_S)
        if not asked.done():
            # Not waited for: a database's client may spend seconds on telling a hung server that nobody listens.
            asked.cancel()
            return f"no answer within {CHECK_S} s"
        error = asked.exception()
        if error is None:
            return "ok"
        if isinstance(error, NotReady):
            return str(error)
        log.warning("a dependency is down", dependency=name, error=repr(error))
        return "down"

    answers = await asyncio.gather(*(ask(name, check) for name, check in checks.items()))
    return dict(zip(checks, answers, strict=True))


async def _done(check: Check) -> None:
    await check()


def routes(checks: Mapping[str, Check]) -> list[Route]:
    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        found = await readiness(checks)
        ready = all(answer == "ok" for answer in found.values())
        return JSONResponse({"ready": ready, "checks": found}, 200 if ready else 503)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


class QuietServer(uvicorn.Server):
    """Serves beside the process's other parts, and leaves signals to it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class OpsServer(QuietServer):
    def __init__(self, checks: Mapping[str, Check], *, host: str, port: int) -> None:
        app = Starlette(routes=routes(checks))
        super().__init__(uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False, lifespan="off"))
