"""The whole suite for one benchmark, and what its processes take of the machine."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from aik_local.layout import Layout
from aik_local.state import load
from aik_local.testing import Suite, temporary_folder
from aik_service.engine_process.running import SILENT

SETTINGS = {**SILENT, "AIK_MODELS": str(Layout().models)}
"""What the suite gives its processes, for engines that are called here."""


def settle() -> None:
    """Engines of this process find their weights where those of the suite do."""
    os.environ.update(SETTINGS)


@contextmanager
def running_suite() -> Iterator[Suite]:
    """Fresh and empty; its lines are in a folder that goes with it."""
    with temporary_folder() as folder:
        suite = Suite(folder)
        suite.start()
        try:
            yield suite
        finally:
            suite.stop()


@dataclass(frozen=True)
class Usage:
    """Seconds on the clock, and seconds of computing."""

    wall_s: float
    cpu_s: float

    @property
    def share(self) -> float:
        """Of all cores."""
        return self.cpu_s / self.wall_s / (os.cpu_count() or 1)


class Meter:
    """Reads what a process and its children have used since it was made; who ended meanwhile is not counted."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._began, self._before = time.monotonic(), self._used()

    def read(self) -> Usage:
        after = self._used()
        cpu_s = sum(seconds - self._before.get(process, 0.0) for process, seconds in after.items())
        return Usage(time.monotonic() - self._began, cpu_s)

    def _used(self) -> dict[psutil.Process, float]:
        used = {}
        process = psutil.Process(self._pid)
        for member in (process, *process.children(recursive=True)):
            try:
                times = member.cpu_times()
                used[member] = times.user + times.system
            except psutil.NoSuchProcess:
                continue  # It has just ended.
        return used


def supervisor_pid(suite: Suite) -> int:
    supervisor = load(suite.layout.state).supervisor
    assert supervisor is not None
    return supervisor.pid
