"""Where a process keeps files while it works: removed when it ends, or by the next one when it was killed."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import TextIO

LOCK = "lock"


@contextmanager
def work_folder(name: str, below: Path | None) -> Iterator[Path]:
    """A folder of this process's own. Those of the same name that nobody holds any more are removed first.

    Held by a lock that the system gives back when the process dies, however: process ids don't tell that in
    containers, which all count from 1.
    """
    parent = below or Path(gettempdir())
    for left in parent.glob(f"aik-{name}-*"):
        _remove_if_left(left)
    folder, lock = _locked(name, parent)
    with lock:
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _locked(name: str, parent: Path) -> tuple[Path, TextIO]:
    """Another process may find the new folder before it is locked, and remove it: then there must be another one."""
    while True:
        folder = Path(mkdtemp(prefix=f"aik-{name}-", dir=parent))
        try:
            lock = (folder / LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.stat(folder / LOCK)
        except OSError:
            continue
        return folder, lock


def _remove_if_left(folder: Path) -> None:
    try:
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # Held, being made, somebody else's, or gone already.
