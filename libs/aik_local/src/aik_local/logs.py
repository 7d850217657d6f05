"""One log file for each process: the last run's is kept beside it, with .1 at the end."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

POLL_S = 0.3


def turn(log: Path) -> None:
    """Sets the last run's log aside; call it before anybody writes."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def last_lines(log: Path, count: int) -> list[str]:
    """At most the last 64 KiB are looked at."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 65_536))
        return file.read().decode("utf-8", "replace").splitlines()[-count:]


def follow(logs: list[Path], sleep: Callable[[float], None] = time.sleep) -> Iterator[tuple[str, str]]:
    """(process, line) of every line that is written from now on, in a log that is turned too; never ends."""
    files = {log: log.open("rb") for log in logs}
    for file in files.values():
        file.seek(0, os.SEEK_END)
    while True:
        for log, file in files.items():
            for line in _new_lines(file):
                yield log.stem, line
            if log.exists() and not os.path.samestat(log.stat(), os.fstat(file.fileno())):
                yield from ((log.stem, line) for line in _new_lines(file))
                file.close()
                files[log] = log.open("rb")
        sleep(POLL_S)


def _new_lines(file: BinaryIO) -> list[str]:
    """Those that are whole; from the beginning again when the file has been emptied."""
    position = file.tell()
    if os.fstat(file.fileno()).st_size < position:
        position = 0
    file.seek(position)
    new = file.read()
    whole = new[: new.rfind(b"\n") + 1]
    file.seek(position + len(whole))
    return whole.decode("utf-8", "replace").splitlines()
