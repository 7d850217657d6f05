"""Starting, awaiting and stopping a suite from another process."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import psutil

from aik_local.errors import NotStarted, NotStopped
from aik_local.layout import Layout
from aik_local.leftovers import end_leftovers
from aik_local.logs import turn
from aik_local.state import SuiteState, load

HOPELESS_RESTARTS = 3
STOP_WITHIN_S = 60.0
POLL_S = 0.2

Watcher = Callable[[SuiteState], None]


def start(layout: Layout, *, services: bool = True) -> subprocess.Popen[bytes]:
    """A supervisor in a session of its own; it goes on when we end. Without `services` it runs the servers alone."""
    only = () if services else ("--no-services",)
    log = layout.log("supervisor")
    turn(log)
    with log.open("wb") as output:
        return subprocess.Popen(  # noqa: S603 (our own command line)
            [sys.executable, "-m", "aik_local.supervise", "--root", str(layout.root), *only],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def await_ready(layout: Layout, pid: int, within_s: float, watch: Watcher) -> SuiteState:
    """Returns when everything is ready; NotStarted names what is not (the supervisor, if it ended).

    A process that died three times will not come up.
    """
    deadline = time.monotonic() + within_s
    while True:
        state = load(layout.state)
        ours = state.supervisor is not None and state.supervisor.pid == pid
        if ours:
            watch(state)
            if state.phase == "ready":
                return state
            dying = [process.name for process in state.processes if process.restarts >= HOPELESS_RESTARTS]
            if dying:
                raise NotStarted(*dying)
        if not _runs(pid):
            raise NotStarted("supervisor")
        if time.monotonic() > deadline:
            waiting = [process.name for process in state.processes if process.condition != "ready"]
            raise NotStarted(*(waiting or ["supervisor"]))
        time.sleep(POLL_S)


def stop(layout: Layout) -> tuple[str, ...]:
    """Ends the suite, or what a killed supervisor left of it; the names of the leftovers."""
    state = load(layout.state)
    supervisor = state.supervisor.process() if state.supervisor else None
    if supervisor is not None:
        supervisor.send_signal(signal.SIGTERM)
        try:
            supervisor.wait(STOP_WITHIN_S)
        except psutil.TimeoutExpired as error:
            supervisor.kill()
            end_leftovers(load(layout.state))
            raise NotStopped from error
    return end_leftovers(load(layout.state))


def end(pid: int) -> None:
    """Ends the supervisor that we have just started, even if it has not written its state yet."""
    with suppress(psutil.NoSuchProcess):
        supervisor = psutil.Process(pid)
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(STOP_WITHIN_S)


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
