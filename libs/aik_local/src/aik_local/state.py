"""What the supervisor knows, in a file: for `status`, and for ending what a killed supervisor left behind."""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

import psutil

from aik_local import files

Phase = Literal["preparing", "starting", "ready", "stopping", "stopped", "failed"]
Condition = Literal["waiting", "starting", "ready", "restarting", "stopped"]
SAME_START_S = 2.0
"""The system's clock may be set meanwhile; a process id is not used again so soon."""


@dataclass(frozen=True)
class Identity:
    """A process for certain: its id and when it was made, seconds since the epoch."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> "Identity":
        return cls(pid, psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """None once it has ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < SAME_START_S
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True)
class ProcessState:
    name: str
    address: str
    stop_signal: int
    grace_s: float
    condition: Condition = "waiting"
    identity: Identity | None = None
    restarts: int = 0


@dataclass(frozen=True)
class SuiteState:
    """`processes` are in the order in which they are started; `notes` are sentences for the person who started it."""

    phase: Phase = "stopped"
    supervisor: Identity | None = None
    notes: tuple[str, ...] = ()
    processes: tuple[ProcessState, ...] = ()

    @property
    def running(self) -> bool:
        return self.supervisor is not None and self.supervisor.process() is not None

    def address(self, name: str) -> str:
        return next(process.address for process in self.processes if process.name == name)


def load(path: Path) -> SuiteState:
    """What was last written; nothing at all is a suite that is stopped."""
    if not path.exists():
        return SuiteState()
    stored = json.loads(path.read_text("utf-8"))
    processes = [ProcessState(**{**one, "identity": _identity(one["identity"])}) for one in stored["processes"]]
    return SuiteState(stored["phase"], _identity(stored["supervisor"]), tuple(stored["notes"]), tuple(processes))


def _identity(stored: dict[str, float] | None) -> Identity | None:
    return Identity(int(stored["pid"]), stored["created"]) if stored else None


@dataclass
class Board:
    """The supervisor's own copy; every change is in the file when the call returns."""

    path: Path
    state: SuiteState = field(default_factory=SuiteState)

    def phase(self, phase: Phase, *notes: str) -> None:
        self._write(replace(self.state, phase=phase, notes=self.state.notes + notes))

    def add(self, process: ProcessState) -> None:
        self._write(replace(self.state, processes=(*self.state.processes, process)))

    def change(self, name: str, condition: Condition, identity: Identity | None, restarts: int) -> None:
        changed = tuple(
            replace(one, condition=condition, identity=identity, restarts=restarts) if one.name == name else one
            for one in self.state.processes
        )
        self._write(replace(self.state, processes=changed))

    def _write(self, state: SuiteState) -> None:
        self.state = state
        files.replace(self.path, json.dumps(asdict(state), indent=2))
