"""What `status` shows."""

import io
import os

import pytest
from aik_local.state import Identity, ProcessState, SuiteState
from aik_local.tables import status
from rich.console import Console

HERE = Identity.of(os.getpid())


def lines(now_s: float, *processes: ProcessState) -> list[str]:
    """As wide as the table wants to be."""
    console = Console(file=io.StringIO(), width=300)
    console.print(status(SuiteState("ready", HERE, (), processes), now_s))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_every_process_has_a_line_and_the_sum_comes_last() -> None:
    api = ProcessState("gateway-projector", "http://127.0.0.1:12345", 15, 15.0, "restarting", HERE, restarts=12)
    gone = ProcessState("kafka", "127.0.0.1:9092", 15, 15.0, "ready", Identity(HERE.pid, HERE.created - 100))
    rows = [line.split() for line in lines(HERE.created + 3_723, api, gone)]
    assert rows[0] == ["process", "pid", "state", "uptime", "restarts", "MiB", "address"]
    assert rows[1][:5] == ["gateway-projector", str(HERE.pid), "restarting", "1:02:03", "12"]
    assert rows[1][6:] == ["127.0.0.1:12345"]
    assert rows[2][5:] == ["0", "127.0.0.1:9092"]
    assert rows[4] == ["2", "processes", "ready", rows[1][5]]


@pytest.mark.parametrize("uptime_s", [86_399, 86_400, 400 * 86_400])
def test_the_longest_line_fits_into_80_columns(uptime_s: float) -> None:
    longest = Identity(4_194_304, HERE.created)
    api = ProcessState("gateway-projector", "http://127.0.0.1:12345", 15, 15.0, "restarting", longest, restarts=99_999)
    found = lines(HERE.created + uptime_s, api)
    assert "gateway-projector 4194304 restarting" in found[1]
    assert max(map(len, found)) <= 80 - len("9999")
