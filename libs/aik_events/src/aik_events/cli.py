"""The command `aik-events`: topics, schemas, and the story of a track."""

import asyncio
import logging
from collections.abc import Coroutine
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.text import Text

from aik_events import schemas as schema_files
from aik_events.log import LogUnavailable
from aik_events.log.admin import create_topics
from aik_events.log.history import history_of
from aik_events.settings import KafkaSettings
from aik_events.story import Row, story
from aik_events.topics import TOPICS, TRACKS, Topic

T = TypeVar("T")
PATIENCE_S = 30.0
STYLES = {
    "accepted": "",
    "rejected": "yellow",
    "repeat": "dim",
    "undecodable": "red",
    "waiting": "red",
    "dropped": "dim",
}

app = typer.Typer(help="The event contract of AIK.", no_args_is_help=True, pretty_exceptions_enable=False)
topics = typer.Typer(help="The topics of the log.", no_args_is_help=True)
schemas = typer.Typer(help="The JSON Schemas of the catalogue.", no_args_is_help=True)
app.add_typer(topics, name="topics")
app.add_typer(schemas, name="schemas")


@topics.command("create")
def create(
    replication: Annotated[int, typer.Option(help="Copies of each partition; 3 on a real cluster.")] = 1,
) -> None:
    """Create the topics that aren't there yet; waits up to 30 s for Kafka."""
    created = {topic.name for topic in _run(_created(replication))}
    for topic in TOPICS:
        state = "created" if topic.name in created else "there already"
        typer.echo(f"{topic.name}: {state}, {topic.partitions} partitions keyed by {topic.key}")


@schemas.command("write")
def write(
    folder: Annotated[Path, typer.Argument(help="Where the schemas are checked in.")] = Path("libs/aik_events/schemas"),
) -> None:
    """Write the JSON Schema of every event, as <type>.v<version>.json."""
    written = schema_files.write(folder)
    typer.echo("\n".join(f"wrote {folder / name}" for name in written) or f"{folder} is current")


@app.command("story")
def tell(
    track: Annotated[str, typer.Argument(help="The track's id, such as trk_…")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON.")] = False,
) -> None:
    """Tell what happened to a track, event by event, in the order of the log."""
    rows = story(track, _run(history_of(KafkaSettings().kafka, TRACKS, track)))
    if not rows:
        _fail(f"The log has no event of a track {track}.")
    if as_json:
        typer.echo(TypeAdapter(list[Row]).dump_json(rows, indent=2, by_alias=True).decode())
    else:
        _print(track, rows)


def _print(track: str, rows: list[Row]) -> None:
    """One line an event, and below it what it changed: readable at any width."""
    console = Console(highlight=False)
    console.print(f"The story of {track}", style="bold")
    for row in rows:
        time = f"{row.time.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] if row.time else " " * 23
        version = f"v{row.version}" if row.version else ""
        # As text, since rich would take a title like "[b]" for its own markup.
        head = f"{time}  @{row.offset:<5} {row.type:<24} {version:<4} {row.step or ''}".rstrip()
        console.print(Text(head), style=STYLES[row.outcome], soft_wrap=True)
        for change in row.changes:
            console.print(Text(f"    {change}"), style=STYLES[row.outcome], soft_wrap=True)


async def _created(replication: int) -> list[Topic]:
    """Kafka may be starting just now, so an outage is waited out."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        try:
            return await create_topics(KafkaSettings().kafka, replication=replication)
        except LogUnavailable:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.5)


def _run(work: Coroutine[Any, Any, T]) -> T:
    """The result, or a sentence and exit status 1 when Kafka can't be reached."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(work)
    except LogUnavailable as error:
        here = KafkaSettings().kafka
        _fail(f"Kafka at {here} is not available: start it, or set AIK_KAFKA to where it is. ({error})")


def _fail(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(1)
