"""What `tail` and `find` share: their filters, their topics, and how one record is printed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.highlighter import JSONHighlighter

from aik_events.cli import printing
from aik_events.cli.running import misused
from aik_events.telling.entries import Entry
from aik_events.topics import ASSETS, DEAD_LETTERS, PROGRESS, TRACKS, WEBHOOKS

LOG = (ASSETS, WEBHOOKS, TRACKS)
"""What is kept for ever, facts about deliveries before what asks for them."""
NAMES = {topic.removeprefix("aik."): topic for topic in (*LOG, PROGRESS, DEAD_LETTERS)}

Types = Annotated[
    list[str] | None, typer.Option("--type", help="Of this type; job.* is all of a kind. May be given often.")
]
Client = Annotated[str | None, typer.Option(help="Of this client.")]
Trace = Annotated[str | None, typer.Option(help="Of this trace id.")]
Topics = Annotated[
    list[str] | None,
    typer.Option("--topic", help=f"{', '.join(NAMES)}; without it the first three. May be given often."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]
Bodies = Annotated[bool, typer.Option("--body", help="Print the body of every event below it.")]


def topics_of(names: Sequence[str] | None, default: Sequence[str] = LOG) -> list[str]:
    """Full names of those given in short; a sentence and exit status 2 for others."""
    found = [NAMES.get(name.removeprefix("aik."), "") for name in names or default]
    if not all(found):
        misused(f"There are the topics {', '.join(NAMES)}, and not all of {', '.join(names or ())}.")
    return found


def show(console: Console, entry: Entry, *, as_json: bool, body: bool) -> None:
    if as_json:
        printing.echo(entry.model_dump_json())
        return
    style = "red" if entry.problem else ""
    printing.show(console, _line(entry), style)
    if entry.problem:
        printing.show(console, f"    does not decode: {entry.problem}", style)
    if body:
        document = printing.one_line(json.dumps(entry.data, ensure_ascii=False))
        console.print(JSONHighlighter()(document), soft_wrap=True)


def _line(entry: Entry) -> str:
    place = f"{entry.topic.removeprefix('aik.')}-{entry.partition}@{entry.offset}"
    about = [entry.key, entry.client]
    if entry.fact("step"):
        about.append(f"{entry.fact('step')} {entry.fact('run')}/{entry.fact('attempt')}")
    if entry.track and entry.track != entry.key:
        about.append(entry.track)
    if entry.trace:
        about.append(f"trace {entry.trace}")
    return f"{stamp(entry.appended)}  {place:<16} {entry.type:<24} {'  '.join(filter(None, about))}"


def stamp(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]
