"""What `up` and `status` show."""

from rich.table import Table

from aik_local.memory import held_bytes
from aik_local.state import ProcessState, SuiteState

MIB = 1024 * 1024


def addresses(state: SuiteState) -> Table:
    """Where the API and the servers are."""
    table = Table("what", "address", box=None, pad_edge=False)
    for process in state.processes:
        if process.name in ("gateway-api", "kafka", "postgres", "s3"):
            table.add_row(process.name, process.address)
    return table


def progress(state: SuiteState) -> Table:
    """One line for each process while they start."""
    table = Table("process", "state", box=None, pad_edge=False)
    for process in state.processes:
        table.add_row(process.name, process.condition)
    if not state.processes:
        table.add_row("servers", "preparing: packages and data folders")
    return table


def status(state: SuiteState, now_s: float) -> Table:
    """Every process with its memory (MiB, what it started included) and the sum; `now_s` is since the epoch."""
    columns = ("process", "pid", "state", "uptime", "restarts", "memory", "address")
    table = Table(*columns, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    total = 0
    for one in state.processes:
        held = _memory(one)
        total += held
        pid, uptime = (str(one.identity.pid), _uptime(now_s - one.identity.created)) if one.identity else ("", "")
        address = one.address.removeprefix("http://")  # a line fits into 80 columns
        table.add_row(one.name, pid, one.condition, uptime, str(one.restarts), f"{held // MIB} MiB", address)
    table.add_row()
    table.add_row(f"{len(state.processes)} processes", "", state.phase, "", "", f"{total // MIB} MiB", "")
    return table


def _memory(one: ProcessState) -> int:
    process = one.identity.process() if one.identity else None
    return held_bytes(process) if process else 0


def _uptime(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
