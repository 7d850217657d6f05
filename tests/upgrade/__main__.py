"""`python -m tests.upgrade`: the suite goes from an old release to a next one, service by service, during jobs."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from aik_local.layout import CACHES
from aik_local.testing import temporary_folder

from tests.faults.traces import kept_logs
from tests.upgrade.next_release import make_next
from tests.upgrade.releases import Release, of_revision, of_working_tree
from tests.upgrade.roll import DWELLS

NEW_STATE = "beside"
"""The way of a release whose state has another version: its schemas are beside the old ones."""


def main() -> None:
    arguments = _parser().parse_args()
    sys.exit(max(upgrade(arguments.old, way, arguments.jobs) for way in arguments.way or tuple(DWELLS)))


def upgrade(revision: str, way: str, jobs: int) -> int:
    """0 when nothing was lost; the logs are kept in either case."""
    traces = CACHES / "upgrade" / way
    with temporary_folder() as folder:
        old, new = of_revision(revision, _made(folder / "old")), of_working_tree(_made(folder / "new"))
        make_next(new, new_state=way == NEW_STATE)
        with kept_logs(_made(folder / "suite"), traces):
            status = _rolled(old, new, folder / "suite", way, jobs)
    print(f"{way}: the logs and the tracks' history are in {traces}", flush=True)
    return status


def _rolled(old: Release, new: Release, folder: Path, way: str, jobs: int) -> int:
    command: Sequence[str | Path] = (
        *(new.python, "-P", "-m", "tests.upgrade.rolled", "--folder", folder, "--way", way, "--jobs", str(jobs)),
        *("--old", old.folder, old.python, "--new", new.folder, new.python),
    )
    environment = {**os.environ, "PYTHONPATH": new.python_path}
    with subprocess.Popen(command, cwd=new.folder, env=environment, stdin=subprocess.PIPE) as process:  # noqa: S603
        return process.wait()


def _made(folder: Path) -> Path:
    folder.mkdir()
    folder.chmod(0o755)
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--old", default="HEAD", help="the git revision of the old release")
    parser.add_argument("--jobs", type=int, default=20, help="songs; every fourth is edited, which is one more job")
    parser.add_argument("--way", choices=tuple(DWELLS), action="append", help="all of them unless said; see README.md")
    return parser


if __name__ == "__main__":
    main()
