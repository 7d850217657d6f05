"""`aik-local`: the whole suite on this machine."""

import re
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx
import typer
from rich.console import Console
from rich.live import Live

from aik_local import lifecycle, logs, processes, tables
from aik_local.errors import LocalError, NotStarted
from aik_local.layout import CACHES, CHECKOUT, Layout
from aik_local.state import SuiteState, load
from aik_local.supervise import supervise
from aik_local.supervisor import Supervisor

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)
console = Console()
READY_WITHIN_S = 180.0
Root = Annotated[Path, typer.Option(help="the folder of the suite")]


def _a_file(help: str) -> Any:
    return typer.Option(help=help, exists=True, dir_okay=False, readable=True)


def _language_code(language: str | None) -> str | None:
    if language and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]+)*", language):
        raise typer.BadParameter(f"{language} is no code of a language, such as en or ru")
    return language


@app.command()
def up(
    root: Root = CACHES,
    foreground: Annotated[bool, typer.Option("--foreground", help="stay; Ctrl-C stops all")] = False,
    services: Annotated[
        bool, typer.Option("--services/--no-services", help="without: Kafka with its topics, Postgres and S3 alone")
    ] = True,
) -> None:
    """Start everything; returns when it is ready. Ctrl-C before that stops it again."""
    layout = Layout(root)
    if foreground:
        names = processes.discovered() if services else ()
        raise typer.Exit(supervise(Supervisor(layout, names, processes.create_topics_command())))
    bring_up(layout, services=services)


@app.command()
def down(root: Root = CACHES) -> None:
    """Stop everything; the data stays."""
    was_up = load(Layout(root).state).running
    try:
        left = lifecycle.stop(Layout(root))
    except LocalError as error:
        _give_up(error)
    for name in left:
        console.print(f"{name} was left behind by a supervisor that was killed; it has been ended")
    console.print("Everything has been stopped." if was_up or left else "Nothing is running.")


@app.command()
def status(root: Root = CACHES) -> None:
    """Every process: state, uptime, restarts, memory, address."""
    state = load(Layout(root).state)
    if not state.running:
        console.print("Nothing is running; `make up` starts everything.")
        raise typer.Exit(1)
    console.print(tables.status(state, time.time()), width=max(console.width, 80), crop=False)  # nothing is cut


@app.command("logs")
def show_logs(
    service: Annotated[str | None, typer.Argument(help="a process of `status`, or supervisor; all without it")] = None,
    root: Root = CACHES,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on until Ctrl-C")] = False,
) -> None:
    """The last lines of the logs."""
    layout = Layout(root)
    found = [layout.log(service)] if service else sorted(layout.logs.glob("*.log"))
    if not found or not found[0].exists():
        console.print(f"There is no log of {service or 'anything'} in {layout.logs}.")
        raise typer.Exit(1)
    for log in found:
        for line in logs.last_lines(log, 200 if service else 10):
            _print_line(log.stem, line, service)
    if follow:
        for name, line in logs.follow(found):
            _print_line(name, line, service)


@app.command()
def clean(root: Root = CACHES) -> None:
    """Stop everything and remove its data, keys, ports and logs; packages, jars and weights stay."""
    layout = Layout(root)
    down(root)
    there = [path for path in (layout.data, layout.logs, layout.env, layout.credentials, layout.ports) if path.exists()]
    for folder in (layout.data, layout.logs):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (layout.env, layout.credentials, layout.ports, layout.state):
        file.unlink(missing_ok=True)
    for path in there:
        console.print(f"removed {path}", markup=False, highlight=False, soft_wrap=True)
    if not there:
        console.print("There was nothing to remove.")


@app.command()
def demo(
    song: Annotated[Path | None, _a_file("any audio file; a short song is included")] = None,
    lyrics: Annotated[Path | None, _a_file("a text file; transcribed without it")] = None,
    language: Annotated[
        str | None, typer.Option(help="en, ru, …; found out without it", callback=_language_code)
    ] = None,
    title: Annotated[str | None, typer.Option(help="the song's; its file name without it")] = None,
    artist: Annotated[str | None, typer.Option(help="who sings it")] = None,
    accept_qc: Annotated[bool, typer.Option(help="publish even what the quality check refuses")] = False,
    root: Root = CACHES,
) -> None:
    """Make a karaoke track through the REST API, as a client would."""
    from aik_local.demo.client import KaraokeClient  # the other commands need no other lib of ours
    from aik_local.demo.run import Wish, run_demo

    layout = Layout(root)
    was_up = load(layout.state).running
    state = bring_up(layout, quiet=was_up)
    try:
        with httpx.Client(timeout=60, trust_env=False) as http:
            client = KaraokeClient(http, state.address(processes.API))
            succeeded = run_demo(
                console, client, CHECKOUT / "out", Wish(song, lyrics, language, title, artist, accept_qc)
            )
    finally:
        if not was_up:
            lifecycle.stop(layout)
            console.print("Everything has been stopped again; `make up` starts it and keeps it running.")
    raise typer.Exit(0 if succeeded else 1)


def bring_up(layout: Layout, *, quiet: bool = False, services: bool = True) -> SuiteState:
    """Starts the suite if it is not running and waits until it is ready; exits with 1 when it does not get ready."""
    running = load(layout.state)
    was_up = running.running
    pid = running.supervisor.pid if was_up and running.supervisor else lifecycle.start(layout, services=services).pid
    try:
        with Live(console=console, transient=True) as live:
            state = lifecycle.await_ready(layout, pid, READY_WITHIN_S, lambda now: live.update(tables.progress(now)))
    except KeyboardInterrupt:
        if not was_up:
            lifecycle.end(pid)
        raise
    except NotStarted as error:
        for name in map(str, error.args):
            console.rule(f"{name}: last lines of {layout.log(name)}")
            console.print("\n".join(logs.last_lines(layout.log(name), 20)), markup=False, highlight=False)
        if _is_the_supervisor(layout, pid):
            lifecycle.stop(layout)
        _give_up(error)
    if not quiet:
        for note in state.notes:
            console.print(f"[yellow]{note}[/]")
        console.print(tables.addresses(state))
        console.print(f"Addresses and keys: {layout.env}")
    return state


def _is_the_supervisor(layout: Layout, pid: int) -> bool:
    """No: another one was started at the same time, and ours gave way to it."""
    supervisor = load(layout.state).supervisor
    return supervisor is not None and supervisor.pid == pid


def _print_line(name: str, line: str, only: str | None) -> None:
    sys.stdout.write(line + "\n" if only else f"{name:<20} {line}\n")
    sys.stdout.flush()


def _give_up(error: LocalError) -> NoReturn:
    console.print(f"[red]{error}[/]")
    raise typer.Exit(1)
