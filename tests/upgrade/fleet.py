"""The processes of two releases beside one set of servers, started and ended one by one."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aik_local.ports import Ports
from aik_local.probes import answers_ok

from tests.upgrade.releases import Release

LAUNCHER = Path(__file__).with_name("process.py")
API = "gateway-api"
READY_WITHIN_S = 90.0
ENDS_WITHIN_S = 40.0
TELLS_WITHIN_S = 2.0
"""A process that does not end says where it stands."""
LOOK_EVERY_S = 0.3


class NotReady(Exception):
    """A process ended, or did not get ready in time: its log says why."""


@dataclass(frozen=True)
class Running:
    """One process; `address` is where it serves health, metrics, and the API if it is one."""

    release: str
    name: str
    address: str
    log: Path
    process: asyncio.subprocess.Process


@dataclass
class Fleet:
    """`said` has the log of every process that ever ran, by its release and name; `deaf` who did not end in order."""

    folder: Path
    environment: Mapping[str, str]
    said: dict[tuple[str, str], list[Path]] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)
    deaf: list[str] = field(default_factory=list)
    alive: int = asyncio.subprocess.DEVNULL
    """What the processes have as stdin: it ends when this process does, and so do they."""

    def __post_init__(self) -> None:
        self._ports = Ports(self.folder / "fleet-ports.json", {})

    async def start(self, release: Release, name: str) -> Running:
        """Returns when the process is ready. Raises NotReady."""
        logs = self.said.setdefault((release.name, name), [])
        number = len(logs) + 1
        port = self._ports.claim(f"{release.name}-{name}-{number}")
        log = self.folder / "logs" / f"{release.name}-{name}-{number}.log"
        logs.append(log)
        environment = {
            **os.environ,
            **self.environment,
            "PYTHONPATH": release.python_path,
            "AIK_HTTP_PORT": str(port),
        }
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(str(release.python), "-P", str(LAUNCHER), str(release.folder), name),
                env=environment,
                cwd=self.folder,
                stdin=self.alive,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        running = Running(release.name, name, f"http://127.0.0.1:{port}", log, process)
        self.running.append(running)
        await _until_ready(running)
        return running

    async def stop(self, running: Running) -> float:
        """Ends it as a cluster does, by SIGTERM, and by -9 where that is not enough; the seconds that it took."""
        self.running.remove(running)
        began = time.monotonic()
        running.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(running.process.wait(), ENDS_WITHIN_S)
        except TimeoutError:
            running.process.send_signal(signal.SIGUSR1)
            await asyncio.sleep(TELLS_WITHIN_S)
            _kill(running)
            await running.process.wait()
        if running.process.returncode != 0:
            self.deaf.append(f"{running.log.name}: {running.process.returncode}")
        return time.monotonic() - began

    async def kill(self, running: Running) -> None:
        """By -9, with whatever it started."""
        self.running.remove(running)
        _kill(running)
        await running.process.wait()

    def lines(self, release: str, name: str) -> Iterator[dict[str, Any]]:
        """What processes of this name said in this release, as far as it is JSON."""
        for log in self.said.get((release, name), []):
            for line in log.read_text("utf-8", errors="replace").splitlines():
                with suppress(ValueError):
                    said = json.loads(line)
                    if isinstance(said, dict):
                        yield said


@asynccontextmanager
async def fleet_in(folder: Path, environment: Mapping[str, str]) -> AsyncIterator[Fleet]:
    """None of its processes survives."""
    alive, kept_open = os.pipe()
    fleet = Fleet(folder, environment, alive=alive)
    try:
        yield fleet
    finally:
        os.close(alive)
        os.close(kept_open)
        for running in fleet.running:
            _kill(running)
        await asyncio.gather(*(running.process.wait() for running in fleet.running))


async def _until_ready(running: Running) -> None:
    probe = answers_ok(f"{running.address}/readyz")
    deadline = time.monotonic() + READY_WITHIN_S
    while not await probe():
        if running.process.returncode is not None or time.monotonic() > deadline:
            raise NotReady(f"{running.log.name}: {running.log.read_text('utf-8', errors='replace')[-2000:]}")
        await asyncio.sleep(LOOK_EVERY_S)


def _kill(running: Running) -> None:
    with suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGKILL)
