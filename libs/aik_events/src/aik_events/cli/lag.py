"""`aik-events lag`: how far every reader of the log is behind."""

from typing import Annotated

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aik_events.cli import printing
from aik_events.cli.running import kafka, run
from aik_events.log.lags import lags
from aik_events.telling.lag import Lag, by_topic
from aik_events.topics import TOPICS


def lag(
    group: Annotated[str | None, typer.Option(help="This group alone, such as aik-separator.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every group and partition, one JSON object a line.")
    ] = False,
) -> None:
    """Show how many events every service has yet to read, and since when the oldest of them waits.

    Each service reads by a group of its own and says every few seconds how far it is.
    """
    found = [each for each in run(lags(kafka(), [topic.name for topic in TOPICS])) if group in (None, each.group)]
    if as_json:
        for each in found:
            printing.echo(to_json({**each.model_dump(by_alias=True), "behind": each.behind}).decode())
    elif not found:
        typer.echo("No group has ever told how far it has read." if group is None else f"There is no group {group}.")
    else:
        _print(found)


def _print(found: list[Lag]) -> None:
    table = Table("group", "topic", box=None)
    for name in ("events behind", "seconds behind", "worst partition"):
        table.add_column(name, justify="right")
    for row in by_topic(found):
        worst = "" if row.worst_partition is None else str(row.worst_partition)
        table.add_row(Text(printing.one_line(row.group)), row.topic, str(row.behind), f"{row.seconds:.1f}", worst)
    Console(highlight=False, width=120).print(table)
