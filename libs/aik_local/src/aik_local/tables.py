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
    """Every process with its memory (what it started included) and the sum; `now_s` is since the epoch.

    A line fits into 80 columns.
    """
    columns = ("process", "pid", "state", "uptime", "restarts", "MiB", "address")
    table = Table(*columns, box=None, padding=(0, 1, 0, 0), pad_edge=False)
    total = 0
    for one in state.processes:
        held = _memory(one)
        total += held
        pid, uptime = (str(one.identity.pid), _uptime(now_s - one.identity.created)) if one.identity else ("", "")
        address = one.address.removeprefix("http://")
        table.add_row(one.name, pid, one.condition, uptime, str(one.restarts), str(held // MIB), address)
    table.add_row()
    table.add_row(f"{len(state.processes)} processes", "", state.phase, "", "", str(total // MIB), "")
    return table


def _memory(one: ProcessState) -> int:
    process = one.identity.process() if one.identity else None
    return held_bytes(process) if process else 0


def _uptime(seconds: float) -> str:
    minutes, seconds = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days}d {hours:02}h" if days else f"{hours}:{minutes:02}:{seconds:02}"
