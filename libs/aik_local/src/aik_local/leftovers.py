"""Ends what a supervisor that was killed left behind: by process id and start time, never by name."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress

import psutil

from aik_local.state import ProcessState, SuiteState


def end_leftovers(state: SuiteState) -> tuple[str, ...]:
    """The names of those that were still there; aik processes end before the servers that they use."""
    found = [process for process in reversed(state.processes) if process.identity and process.identity.process()]
    for process in found:
        _end(process)
    return tuple(process.name for process in found)


def _end(left: ProcessState) -> None:
    process = left.identity.process() if left.identity else None
    if process is None:
        return
    family = [process]
    with suppress(psutil.NoSuchProcess):
        family += process.children(recursive=True)
        process.send_signal(left.stop_signal)
    _, stubborn = psutil.wait_procs(family, left.grace_s)
    _kill(stubborn)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
