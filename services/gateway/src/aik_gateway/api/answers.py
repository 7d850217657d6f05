"""Problems as responses, and every exception as a problem."""

from collections.abc import Sequence
from typing import Any

import structlog
from aik_lyrics import LyricsError
from aik_service import tracing
from aik_service.database import OUTAGES
from aik_service.objects import ObjectsUnavailable
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from aik_gateway.api.wiring import CLIENT_ID, IDEMPOTENCY_KEY
from aik_gateway.problems import BY_STATUS, Problem
from aik_gateway.readmodel.queries import ReadModelBehind

log = structlog.get_logger()

RETRY_AFTER = {"Retry-After": "2"}
UNAVAILABLE = (ObjectsUnavailable, ReadModelBehind, *OUTAGES)


class ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def response_of(problem: Problem, path: str) -> Response:
    body = problem.body(instance=path, trace_id=tracing.trace_id())
    return ProblemResponse(body, problem.status, {"Cache-Control": "no-store", **problem.headers})


def late(**ids: str) -> JSONResponse:
    """The event is in the log, but the projector has not judged it yet: the ids, and nothing that it decides."""
    return JSONResponse(ids, 202, RETRY_AFTER)


def problem_of(error: Exception) -> Problem:
    """What a client is told; what it can't mend is told without a word of what broke."""
    match error:
        case Problem():
            return error
        case RequestValidationError():
            return _invalid(error.errors())
        case LyricsError():
            return Problem(error.code, str(error))
        case HTTPException():
            code = BY_STATUS.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
            return Problem(code, headers=error.headers)
        case _ if isinstance(error, UNAVAILABLE):
            log.warning("a request can't be answered now", error=repr(error))
            return Problem("unavailable", "Try again in a moment.", headers=RETRY_AFTER)
        case _:
            log.error("a request broke", exc_info=error)
            return Problem("internal", "Tell us the traceId.")


def install(app: FastAPI) -> None:
    async def answer(request: Request, error: Exception) -> Response:
        return response_of(problem_of(error), request.url.path)

    for kind in (Problem, RequestValidationError, HTTPException, LyricsError, *UNAVAILABLE):
        app.add_exception_handler(kind, answer)


def _invalid(errors: Sequence[Any]) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem("malformed-json")
    if any(error["loc"] == ("header", CLIENT_ID) for error in errors):
        return Problem("client-id-required", "Send X-Client-Id: 1 to 128 of A-Z a-z 0-9 . _ : -")
    if any(error["loc"] == ("header", IDEMPOTENCY_KEY) for error in errors):
        return Problem("idempotency-key-invalid", "Send 1 to 255 visible ASCII characters, such as a UUID.")
    fields = [
        {"in": str(error["loc"][0]), "pointer": _pointer(error["loc"][1:]), "detail": error["msg"]} for error in errors
    ]
    return Problem("validation-failed", "See errors for the fields and what is wrong with each.", errors=fields)


def _pointer(path: Sequence[object]) -> str:
    """RFC 6901."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
