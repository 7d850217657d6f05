"""How far the demo is: bars in a terminal, and a line for each change where the output goes elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

Show = Callable[[str, str, float, int | None], None]
"""Called again and again with a step, its state, its percent and the ms it has left; one that waits is not shown."""
BEGUN = ("running", "retrying")


@contextmanager
def shown(console: Console) -> Iterator[Show]:
    """A step's time begins when it is first seen to have begun, and ends with it."""
    if not console.is_terminal:
        yield Lines(console).show
        return
    columns = (TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), TextColumn("{task.fields[state]}"), console=console) as progress:
        yield Bars(progress).show


class Bars:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._ended: set[str] = set()

    def show(self, step: str, state: str, percent: float, eta_ms: int | None = None) -> None:
        if state == "waiting" or step in self._ended:
            return
        if step not in self._bars:
            self._bars[step] = self._progress.add_task(step, total=100.0, state=state)
        left = "" if eta_ms is None or state not in BEGUN else f", {eta_ms / 1000:.0f} s left"
        self._progress.update(self._bars[step], completed=percent, state=state + left)
        if state not in BEGUN:
            self._ended.add(step)
            self._progress.stop_task(self._bars[step])


class Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._states: dict[str, str] = {}
        self._begun: dict[str, float] = {}

    def show(self, step: str, state: str, percent: float, eta_ms: int | None = None) -> None:
        if state == "waiting" or self._states.get(step) == state:
            return
        self._states[step] = state
        begun = self._begun.setdefault(step, time.monotonic())
        after = "" if state in BEGUN else f" after {time.monotonic() - begun:.1f} s"
        self._console.print(f"{step:<12} {state}{after}", highlight=False)
