"""`aik-events export` and `import`: a part of the log in one file, and into another cluster."""

from collections import Counter
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic_core import to_json

from aik_events.cli.entries import topics_of
from aik_events.cli.progress import watching
from aik_events.cli.running import fail, kafka, milliseconds, misused, run, time
from aik_events.exchange.archive import FileThere, NotAnExport, created
from aik_events.exchange.importing import Conflict
from aik_events.exchange.lines import LogWriter
from aik_events.log import OutcomeUnknown
from aik_events.log.admin import TopicDiffers, partition_counts
from aik_events.log.scan import Watch, Window
from aik_events.log.slicing import KEPT, Slice, slice_of
from aik_events.log.taking_in import Taken, take_in

T = TypeVar("T")
File = Annotated[Path, typer.Argument(help="Such as bug.tar.gz.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")]


def export(
    file: File,
    track: Annotated[str | None, typer.Option(help="This track, its asset and its deliveries.")] = None,
    client: Annotated[str | None, typer.Option(help="What is this client's.")] = None,
    since: Annotated[str | None, typer.Option(help="Appended at this time or later, or 15m ago.")] = None,
    until: Annotated[str | None, typer.Option(help="Appended before this time.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write all that the log keeps, or what options say, into a file; the same records give the same bytes."""
    wanted = Slice(track, client, Window(since_ms=milliseconds(time(since)), until_ms=milliseconds(time(until))))
    with watching("exporting") as watch:
        counts = run(written(file, wanted, watch))
    if not counts:
        file.unlink()
        fail("The log has nothing like that: there is no file.")
    _tell({"exported": counts}, as_json=as_json)
    if not as_json:
        typer.echo(f"{file}, {file.stat().st_size} bytes")


async def written(file: Path, wanted: Slice, watch: Watch) -> Counter[str]:
    """How many records of each topic; a sentence and exit status 2 where the file can't be made."""
    try:
        with created(file) as archive:
            writer = LogWriter(archive, await partition_counts(kafka(), KEPT))
            async for record in slice_of(kafka(), wanted, watch):
                writer.write(record)
            writer.finish()
            return writer.counts
    except FileThere:
        misused(f"{file} is there already: remove it, or give another name.")


def import_(
    file: File,
    topics: Annotated[list[str] | None, typer.Option("--topic", help="Only these: assets, webhooks, tracks.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be appended, and append nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Append the records of a file to the log, as they are; those that are there already are left out."""
    names = topics_of(topics) if topics else None
    with watching("importing") as watch:
        taken = run(taken_in(take_in(kafka(), file, topics=names, dry_run=dry_run, watch=watch), file))
    tell_taken(taken, as_json=as_json, dry_run=dry_run)


async def taken_in(work: Coroutine[Any, Any, T], file: Path) -> T:
    """The result, or a sentence: exit status 2 where the file is at fault, else 1."""
    try:
        return await work
    except FileNotFoundError:
        misused(f"There is no file {file}.")
    except NotAnExport as error:
        misused(f"This is no whole file of an export: export again. ({error})")
    except Conflict as error:
        fail(f"Nothing was imported: {error}, so that their order can't be kept. Import into a cluster without them.")
    except TopicDiffers as error:
        fail(f"Nothing was imported: {error}, so that keys would lose their order.")
    except OutcomeUnknown as error:
        fail(f"Kafka did not take everything: import the file again, which goes on from there. ({error})")


def tell_taken(taken: Taken, *, as_json: bool, dry_run: bool) -> None:
    _tell({"appended": taken.appended, "there already": taken.there}, as_json=as_json)
    if dry_run and not as_json:
        typer.echo("a dry run: nothing was appended")
    if taken.calling and not dry_run:
        one = "1 track names" if len(taken.calling) == 1 else f"{len(taken.calling)} tracks name"
        typer.echo(f"{one} a callback URL: a notifier of this cluster delivers what is still open of it.", err=True)


def _tell(counts: dict[str, Counter[str]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(to_json({name.replace(" ", "_"): _sorted(each) for name, each in counts.items()}).decode())
        return
    for topic in _topics(counts.values()):
        typer.echo(f"{topic}: {', '.join(f'{each[topic]} {name}' for name, each in counts.items())}")


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _topics(counts: Iterable[Counter[str]]) -> list[str]:
    return sorted({topic for each in counts for topic in each}, key=KEPT.index)
