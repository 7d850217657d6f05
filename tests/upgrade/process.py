"""`python -P process.py FOLDER NAME`: one process of the release in that folder, which never runs another one's code.

The step services stand on the engines of tests/faults. It is run as a file, since both releases have a package `tests`.
"""

import asyncio
import faulthandler
import os
import signal
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

STAND_INS = ("separator", "asr", "aligner", "qc", "publisher")


def end_with_the_parent() -> None:
    """When stdin ends, however: nothing is left behind by a check that was killed."""

    def listen() -> None:
        os.read(0, 1)  # not sys.stdin: its lock would be in the way of an orderly end
        os._exit(1)

    Thread(target=listen, daemon=True).start()


def tell_where_it_stands(*_: object) -> None:
    """Every thread's and every task's stack: asked for by SIGUSR1 when a process does not end."""
    faulthandler.dump_traceback(file=sys.stderr)
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:
        return  # the loop is over
    for task in tasks:
        print(task, file=sys.stderr)
        task.print_stack(file=sys.stderr)


def main() -> None:
    end_with_the_parent()
    signal.signal(signal.SIGUSR1, tell_where_it_stands)
    folder, name = Path(sys.argv[1]), sys.argv[2]
    for package in [*folder.glob("libs/*/src/aik_*"), *folder.glob("services/*/src/aik_*")]:
        found = find_spec(package.name)
        if found is None or found.origin is None or not Path(found.origin).is_relative_to(folder):
            sys.exit(f"{package.name} would be {found and found.origin}, not the one in {folder}")
    print(f"this process runs the code in {folder}", file=sys.stderr, flush=True)
    sys.argv = [sys.argv[0], name]
    module = "tests.faults.standin_service" if name in STAND_INS else "aik_local.process"
    import_module(module).main()


if __name__ == "__main__":
    main()
