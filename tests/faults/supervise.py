"""`python -m tests.faults.supervise`: a supervisor of the suite with several workers and, if wanted, the stand-ins."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from aik_local import processes
from aik_local.backoff import Backoff
from aik_local.layout import Layout
from aik_local.supervise import supervise
from aik_local.supervisor import Supervisor

from tests.faults.standin import TRIES

STEP_SERVICES = ("separator", "asr", "aligner", "qc", "publisher")
ALONE = (processes.API,)
"""Clients know one address."""
CHECKOUT = Path(__file__).resolve().parents[2]
SETTINGS = {"AIK_LEASE_S": "3", "AIK_RETRY_DELAY_S": "0.3", "AIK_POLL_S": "0.5", "AIK_GRACE_S": "2"}
"""What takes half a minute elsewhere takes seconds, so that many faults can be met in the middle of it."""
LONGEST_WAIT_S = 0.3
"""Between a death and the next start: what dies a hundred times here has a minute between two deaths elsewhere."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="the folder of this suite")
    parser.add_argument("--owned", action="store_true", required=True, help="ends when stdin ends")
    parser.add_argument(
        "--workers", type=int, required=True, help="how many there are of each process, but for the api"
    )
    parser.add_argument("--engines", choices=("standin", "real"), required=True)
    arguments = parser.parse_args()
    tries = arguments.root / "tries"
    tries.mkdir()
    os.environ.update({**SETTINGS, TRIES: str(tries), "PYTHONPATH": str(CHECKOUT)})
    commands = commands_of(processes.discovered(), arguments.workers, real=arguments.engines == "real")
    topics = processes.create_topics_command()
    supervisor = Supervisor(
        Layout(arguments.root),
        tuple(commands),
        topics,
        wanted_ports={},
        commands=commands,
        backoff=Backoff(longest_s=LONGEST_WAIT_S),
    )
    sys.exit(supervise(supervisor, owned=arguments.owned))


def commands_of(names: tuple[str, ...], workers: int, *, real: bool) -> Mapping[str, tuple[str, ...]]:
    """The command of each process by its name: `qc`, `qc-2`, …"""
    commands = {}
    for name in names:
        stands_in = not real and name in STEP_SERVICES
        module = "tests.faults.standin_service" if stands_in else "aik_local.process"
        for number in range(1, 2 if name in ALONE else workers + 1):
            commands[name if number == 1 else f"{name}-{number}"] = (sys.executable, "-m", module, name)
    return commands


if __name__ == "__main__":
    main()
