"""How much memory a process and everything that it started hold."""

from collections.abc import Iterable

import psutil


def held_bytes(process: psutil.Process) -> int:
    """The sum over the family of PSS where the system tells it (shared pages count once), else of RSS."""
    return sum(_held(member) for member in _family(process))


def _family(process: psutil.Process) -> Iterable[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _held(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.rss))
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
