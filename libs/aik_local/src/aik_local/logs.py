"""One log file for each process: the last run's is kept beside it, with .1 at the end."""

import time
from collections.abc import Iterator
from pathlib import Path

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


def follow(logs: list[Path]) -> Iterator[tuple[str, str]]:
    """(process, line) of every line that is written from now on; never ends."""
    positions = {log: log.stat().st_size for log in logs}
    while True:
        for log, position in positions.items():
            with log.open("rb") as file:
                file.seek(position)
                new = file.read()
            whole = new[: new.rfind(b"\n") + 1]
            positions[log] = position + len(whole)
            for line in whole.decode("utf-8", "replace").splitlines():
                yield log.stem, line
        time.sleep(POLL_S)
