"""Programs that run to their end, or until nobody wants them any more."""

import asyncio
import fcntl
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from aik_local.child import run_to_end
from aik_local.layout import Layout
from aik_local.leftovers import end_leftovers
from aik_local.state import Identity, ProcessState, SuiteState, load
from aik_local.supervisor import Supervisor

SLEEP = (sys.executable, "-c", "import time; time.sleep(60)")


async def child_of_ours(word: str) -> psutil.Process:
    """The one with this word in its command line, once it is there."""
    async with asyncio.timeout(10):
        while True:
            for child in psutil.Process().children():
                with suppress(psutil.NoSuchProcess):
                    if any(word in part for part in child.cmdline()):
                        return child
            await asyncio.sleep(0.01)


async def test_a_program_that_ends_tells_its_status() -> None:
    assert await run_to_end((sys.executable, "-c", "raise SystemExit(3)"), os.environ) == 3


async def test_a_program_ends_when_its_caller_is_canceled() -> None:
    running = asyncio.create_task(run_to_end(SLEEP, os.environ))
    child = await child_of_ours("time.sleep(60)")
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert not child.is_running()


@dataclass(frozen=True)
class Bare(Layout):
    """Without Kafka's jars."""

    @property
    def jars(self) -> Path:
        return self.root / "jars"


async def test_a_supervisor_that_still_fetches_jars_ends_at_once(tmp_path: Path) -> None:
    layout, told = Bare(tmp_path), asyncio.Event()
    layout.jars.mkdir()
    with (layout.jars / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as while another suite downloads them
        running = asyncio.create_task(Supervisor(layout, (), (), {}).run(told))
        child = await child_of_ours("aik_local.fetch_jars")
        told.set()
        await asyncio.wait_for(running, 5)
    assert (child.is_running(), load(layout.state).phase) == (False, "stopped")


@dataclass(frozen=True)
class EndsMeanwhile(Identity):
    """Found, and gone by the time that it is asked about."""

    def process(self) -> psutil.Process | None:
        child = subprocess.Popen(SLEEP)  # noqa: S603 (our own command line)
        found = psutil.Process(child.pid)
        child.kill()
        child.wait()
        return found


def test_a_leftover_that_ends_meanwhile_is_no_trouble() -> None:
    left = ProcessState("qc", "", 15, 1.0, "ready", EndsMeanwhile(1, 1.0))
    assert end_leftovers(SuiteState(processes=(left,))) == ("qc",)
