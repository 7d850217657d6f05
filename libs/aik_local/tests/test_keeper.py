"""A process of a distribution that only declares an entry point is found, started, restarted and stopped."""

import asyncio
import json
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest
from aik_local import processes
from aik_local.credentials import Credentials
from aik_local.keeper import Keeper
from aik_local.layout import Layout
from aik_local.ports import Ports
from aik_local.program import Program
from aik_local.state import Board, ProcessState, load

SERVICE = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
        self.wfile.write(json.dumps({name: value for name, value in os.environ.items() if name[:4] == "AIK_"}).encode())

def main():
    HTTPServer((os.environ["AIK_HTTP_HOST"], int(os.environ["AIK_HTTP_PORT"])), Ready).serve_forever()
"""


@pytest.fixture
def distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed distribution `fake-service` with the process `fake`."""
    site = tmp_path / "site"
    info = site / "fake_service-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "fake_service.py").write_text(SERVICE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-service\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{processes.GROUP}]\nfake = fake_service:main\n")
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))


class Waits:
    """Stands in for sleeping between a death and the next start."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0.01)


class Kept:
    """A keeper at work."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.waits = Waits()
        self.state_file = folder / "state.json"
        self.log_file = folder / "logs" / f"{program.name}.log"
        self.keeper = Keeper(program, Board(self.state_file), self.log_file, sleep=self.waits)
        self.task = asyncio.create_task(self.keeper.keep())

    @property
    def state(self) -> ProcessState:
        (state,) = load(self.state_file).processes
        return state

    async def until(self, condition: str, restarts: int) -> ProcessState:
        async with asyncio.timeout(20):
            while (self.state.condition, self.state.restarts) != (condition, restarts):
                await asyncio.sleep(0.02)
        return self.state

    async def until_waited(self, times: int) -> list[float]:
        """The first so many waits."""
        async with asyncio.timeout(20):
            while len(self.waits.seconds) < times:
                await asyncio.sleep(0.01)
        return self.waits.seconds[:times]

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        await self.keeper.stop()


@pytest.fixture
async def fake(distribution: None, tmp_path: Path) -> AsyncIterator[Kept]:
    layout = Layout(tmp_path / "suite")
    ports = Ports(layout.ports, {})
    servers = {"AIK_KAFKA": "127.0.0.1:1"}
    (program,) = processes.programs(["fake"], servers, layout, ports, Credentials(secret_key="secret"))
    kept = Kept(program, layout.root)
    yield kept
    await kept.stop()


def identity_of(state: ProcessState) -> psutil.Process:
    assert state.identity is not None
    process = state.identity.process()
    assert process is not None
    return process


def test_the_processes_are_those_that_distributions_declare(distribution: None) -> None:
    assert "fake" in processes.discovered()


async def test_a_process_is_told_everything_by_its_environment(fake: Kept) -> None:
    await fake.until("ready", restarts=0)
    async with httpx.AsyncClient(trust_env=False) as client:
        told = json.loads((await client.get(fake.state.address)).text)
    told.pop("AIK_TEST_SERVERS", None)  # of this test run, for which make sets it
    assert told == {
        "AIK_KAFKA": "127.0.0.1:1",
        "AIK_MODELS": str(Layout().models),
        "AIK_SECRET_KEY": "secret",
        "AIK_HTTP_HOST": "127.0.0.1",
        "AIK_GRACE_S": "5",
        "AIK_HTTP_PORT": fake.state.address.rpartition(":")[2],
        "AIK_LOG_FORMAT": "console",
        "AIK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
        "AIK_RATE_LIMIT_PER_MINUTE": "0",
    }


def test_commands_are_told_all_that_they_ask_for(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    keys = Credentials(secret_key="secret")
    aik = processes.programs(["gateway-api", "x"], {}, layout, Ports(layout.ports, {}), keys)
    told = processes.for_commands({"AIK_KAFKA": "127.0.0.1:1"}, layout, aik)
    assert told == {
        "AIK_KAFKA": "127.0.0.1:1",
        "AIK_MODELS": str(layout.models),
        "AIK_SECRET_KEY": "secret",
        "AIK_PUBLIC_URL": aik[0].address,
        "AIK_URL": aik[0].address,
    }
    assert processes.for_commands({}, layout, ()) == {"AIK_MODELS": str(layout.models)}


def test_what_is_set_from_outside_reaches_every_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path)
    outside = {"AIK_RATE_LIMIT_PER_MINUTE": "1200", "AIK_TOKENS_REQUIRED": "true", "AIK_CORS_ORIGINS": "http://a.test"}
    for name, value in outside.items():
        monkeypatch.setenv(name, value)
    (program,) = processes.programs(["fake"], {}, layout, Ports(layout.ports, {}), Credentials(secret_key="secret"))
    assert outside.items() <= processes.environment(program).items()


async def test_a_process_that_dies_is_started_again_and_said_so(fake: Kept, caplog: pytest.LogCaptureFixture) -> None:
    first = identity_of(await fake.until("ready", restarts=0))
    first.kill()
    second = identity_of(await fake.until("ready", restarts=1))
    assert second.pid != first.pid
    assert second.cmdline()[-2:] == ["aik_local.process", "fake"]
    assert caplog.record_tuples == [
        ("aik_local.keeper", logging.WARNING, "fake died (exit -9) and is started again in 1 s")
    ]


async def test_a_stopped_process_is_gone(fake: Kept) -> None:
    process = identity_of(await fake.until("ready", restarts=0))
    await fake.stop()
    assert not process.is_running()
    assert (fake.state.condition, fake.state.identity) == ("stopped", None)


async def never_ready() -> bool:
    return False


async def test_a_process_that_dies_at_once_is_started_more_and_more_slowly(tmp_path: Path) -> None:
    kept = Kept(Program("false", ("false",), "", never_ready), tmp_path)
    assert await kept.until_waited(6) == [1, 2, 4, 8, 16, 30]
    await kept.stop()


async def test_a_command_that_does_not_exist_is_tried_again(tmp_path: Path) -> None:
    kept = Kept(Program("lost", (str(tmp_path / "nowhere"),), "", never_ready), tmp_path)
    assert await kept.until_waited(2) == [1, 2]
    await kept.stop()


async def test_a_process_that_ignores_the_signal_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    script = "trap '' TERM; sleep 60 & echo started; wait; sleep 60"
    program = Program("deaf", ("sh", "-c", script), "", never_ready, stop_signal=signal.SIGTERM, grace_s=0.2)
    kept = Kept(program, tmp_path)
    process = identity_of(await kept.until("starting", restarts=0))
    async with asyncio.timeout(10):
        while not kept.log_file.read_text():
            await asyncio.sleep(0.01)
    family = [process, *process.children(recursive=True)]
    await kept.stop()
    gone, alive = psutil.wait_procs(family, timeout=5)
    assert (len(gone), alive) == (2, [])
