"""`aik-events topics`: the topics of the log."""

import asyncio
from typing import Annotated

import typer
from pydantic_core import to_json

from aik_events.cli import printing
from aik_events.cli.running import kafka, run
from aik_events.log import LogUnavailable
from aik_events.log.admin import create_topics
from aik_events.topics import TOPICS, Topic

PATIENCE_S = 30.0

app = typer.Typer(help="The topics of the log.", no_args_is_help=True)


@app.command("create")
def create(
    replication: Annotated[int, typer.Option(help="Copies of each partition; 3 on a real cluster.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each topic.")] = False,
) -> None:
    """Create the topics that aren't there yet; waits up to 30 s for Kafka."""
    created = {topic.name for topic in run(_created(replication))}
    if as_json:
        for topic in TOPICS:
            about = {"partitions": topic.partitions, "key": topic.key}
            printing.echo(to_json({"topic": topic.name, "created": topic.name in created, **about}).decode())
        return
    for topic in TOPICS:
        state = "created" if topic.name in created else "there already"
        typer.echo(f"{topic.name}: {state}, {printing.counted(topic.partitions, 'partition')} keyed by {topic.key}")


async def _created(replication: int) -> list[Topic]:
    """Kafka may be starting just now, so an outage is waited out."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while True:
        try:
            return await create_topics(kafka(), replication=replication)
        except LogUnavailable:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.5)
