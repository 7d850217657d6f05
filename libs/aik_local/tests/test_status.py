"""What `status` shows."""

import io
import os

from aik_local.state import Identity, ProcessState, SuiteState
from aik_local.tables import status
from rich.console import Console


def test_every_process_has_a_line_of_at_most_80_columns_and_the_sum_comes_last() -> None:
    here = Identity.of(os.getpid())
    api = ProcessState("gateway-projector", "http://127.0.0.1:12345", 15, 15.0, "restarting", here, restarts=12)
    gone = ProcessState("kafka", "127.0.0.1:9092", 15, 15.0, "ready", Identity(here.pid, here.created - 100))
    console = Console(file=io.StringIO(), width=80)
    console.print(status(SuiteState("ready", here, (), (api, gone)), here.created + 3_723))
    assert isinstance(console.file, io.StringIO)
    lines = [line.split() for line in console.file.getvalue().splitlines()]
    assert lines[0] == ["process", "pid", "state", "uptime", "restarts", "memory", "address"]
    assert lines[1][:5] == ["gateway-projector", str(here.pid), "restarting", "1:02:03", "12"]
    assert lines[1][6:] == ["MiB", "127.0.0.1:12345"]
    assert lines[2][5:] == ["0", "MiB", "127.0.0.1:9092"]
    assert lines[4] == ["2", "processes", "ready", lines[1][5], "MiB"]
