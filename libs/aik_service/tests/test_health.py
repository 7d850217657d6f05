"""Readiness: every dependency is named, and none is waited for longer than 1.5 s."""

import asyncio
import time

import pytest
from aik_service.health import Check, NotReady, readiness, routes
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs


async def fine() -> None:
    return


async def broken() -> None:
    raise ConnectionError("user aik at 10.0.0.7 is refused")


async def behind() -> None:
    raise NotReady("3 records are not folded yet")


async def silent() -> None:
    await asyncio.Event().wait()


async def test_every_dependency_says_how_it_is() -> None:
    found = await readiness({"kafka": fine, "s3": broken, "rows": behind})
    assert found == {"kafka": "ok", "s3": "down", "rows": "3 records are not folded yet"}


async def test_what_a_driver_says_is_logged_and_not_told() -> None:
    with capture_logs() as logged:
        await readiness({"s3": broken})
    [entry] = logged
    assert (entry["dependency"], "10.0.0.7" in entry["error"]) == ("s3", True)


async def test_dependencies_that_never_answer_are_given_up_together() -> None:
    started = time.monotonic()
    found = await readiness({"kafka": silent, "postgres": silent, "s3": silent})
    assert time.monotonic() - started < 3
    assert set(found.values()) == {"no answer within 1.5 s"}


async def test_a_dependency_that_cannot_even_be_given_up_keeps_nobody_waiting() -> None:
    released = asyncio.Event()

    async def clinging() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await released.wait()

    started = time.monotonic()
    assert await readiness({"postgres": clinging}) == {"postgres": "no answer within 1.5 s"}
    assert time.monotonic() - started < 3
    released.set()


@pytest.mark.parametrize(("s3", "status"), [(fine, 200), (broken, 503)])
def test_a_process_lives_and_is_measured_whatever_is_down(s3: Check, status: int) -> None:
    client = TestClient(Starlette(routes=routes({"kafka": fine, "s3": s3})))
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["checks"]["kafka"]) == (status, "ok")
    assert client.get("/healthz").json() == {"status": "ok"}
    assert "# TYPE " in client.get("/metrics").text
