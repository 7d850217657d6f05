"""The suite that meets the faults: real servers and real processes, started again at once when they die."""

from pathlib import Path

import psutil
from aik_local.state import ProcessState, load
from aik_local.testing import Suite

SERVERS = ("kafka", "postgres", "s3")


class FaultySuite(Suite):
    module = "tests.faults.supervise"

    def __init__(self, folder: Path, *, workers: int, engines: str) -> None:
        super().__init__(folder)
        self.arguments = ("--workers", str(workers), "--engines", engines)

    @property
    def processes(self) -> tuple[str, ...]:
        """The names of the aik processes."""
        return tuple(one.name for one in load(self.layout.state).processes if one.name not in SERVERS)

    def ready(self, name: str) -> tuple[ProcessState, psutil.Process] | None:
        """The process with this name if it runs and has said that it is ready."""
        [state] = [one for one in load(self.layout.state).processes if one.name == name]
        process = state.identity.process() if state.identity and state.condition == "ready" else None
        return None if process is None else (state, process)
