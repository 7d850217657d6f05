"""How far a long command is, where somebody waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

from aik_events.log.scan import Watch, nobody_watches


@contextmanager
def watching(what: str, out: Console | None = None) -> Iterator[Watch]:
    """A bar on stderr, or below what is printed on `out` if that is a terminal; none where neither is."""
    console = out if out is not None and out.is_terminal else Console(stderr=True)
    if not console.is_terminal:
        yield nobody_watches
        return
    with Progress(console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        task = progress.add_task(what, total=None)
        yield lambda read, total: progress.update(task, completed=read, total=total)
