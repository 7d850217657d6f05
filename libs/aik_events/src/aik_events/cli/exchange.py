"""`aik-events export` and `import`: a part of the log in one file, and into another cluster."""

from collections import Counter
from collections.abc import Coroutine, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic_core import to_json

from aik_events.cli.entries import topics_of
from aik_events.cli.printing import counted, one_line
from aik_events.cli.progress import watching
from aik_events.cli.running import fail, kafka, milliseconds, misused, run, time
from aik_events.exchange.archive import FileThere, NotAnExport, created
from aik_events.exchange.importing import Conflict
from aik_events.exchange.lines import LogWriter
from aik_events.log import OutcomeUnknown
from aik_events.log.admin import TopicDiffers, partition_counts
from aik_events.log.connection import Servers
from aik_events.log.members import WAIT_S, ServicesRunning, members_of_services, readers, until_nobody_reads
from aik_events.log.scan import Watch, Window
from aik_events.log.slicing import Slice, slice_of
from aik_events.log.taking_in import Taken, planned, take_in
from aik_events.topics import KEPT

T = TypeVar("T")
File = Annotated[Path, typer.Argument(help="Such as bug.tar.gz.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")]
Live = Annotated[
    bool,
    typer.Option(
        "--live",
        help="Import while services run, if you know that what is open in the file may be acted on meanwhile. A step "
        "may work on a track before its later records are there, and add its own between them, after which the file "
        "can't be imported again; the janitor may end uploads and remove lyrics that later records name; a notifier "
        "may deliver once more to a callback URL.",
    ),
]
Wait = Annotated[
    float,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        help="So long to wait for running services to end; one that was killed counts for some seconds.",
    ),
]


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
    except FileThere as error:
        misused(f"{error} is there already: remove it, or give another name.")


def import_(
    file: File,
    topics: Annotated[list[str] | None, typer.Option("--topic", help="Only these: assets, webhooks, tracks.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be appended, and append nothing.")] = False,
    live: Live = False,
    wait: Wait = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Append the records of a file to the log, as they are; those that are there already are left out.

    Import first, then start the services: while some read this log, nothing is imported. Exit status 1, with all
    imported, where some began to meanwhile.
    """
    names = topics_of(topics) if topics else None
    await_no_services(kafka(), live=live or dry_run, wait_s=wait)
    with watching("importing") as watch:
        plan = run(taken_in(planned(kafka(), file, topics=names, watch=watch), file))
    warn_of_calls(plan.taken)
    taken = plan.taken if dry_run else run(taken_in(take_in(kafka(), plan), file))
    tell_taken(taken, as_json=as_json)
    if not dry_run:
        check_nobody_came(kafka(), live=live)
    if dry_run and not as_json:
        typer.echo("a dry run: nothing was appended")


def await_no_services(servers: Servers, *, live: bool, wait_s: float) -> None:
    """Returns when no service of AIK reads this log, with `live` at once; else a sentence and exit status 1."""
    if live:
        return

    def tell(reading: Sequence[str]) -> None:
        words = "a process that was killed counts until its session ends"
        typer.echo(f"waiting up to {wait_s:g} s for {', '.join(reading)} to end; {words}", err=True)

    try:
        run(until_nobody_reads(partial(members_of_services, servers), most_s=wait_s, tell=tell))
    except ServicesRunning as error:
        fail(
            f"No record was imported: services read this log ({error}) and would act on half of the file. Stop them, "
            "import, and start them again; or say --live if what is open in the file may be acted on meanwhile, of "
            f"which --help tells more. [{error.code}]"
        )


def check_nobody_came(servers: Servers, *, live: bool) -> None:
    """After an import: a sentence and exit status 1 where a service of AIK reads this log now, unless `live`."""
    if live:
        return
    reading = readers(run(members_of_services(servers)))
    if reading:
        fail(
            f"All was imported, but meanwhile services began to read this log ({', '.join(reading)}): they may have "
            "acted on half of the file. See what they did with `aik-events story`, or import into a fresh cluster; "
            "next time keep whatever starts services again from it. [services-came]"
        )


async def taken_in(work: Coroutine[Any, Any, T], file: Path) -> T:
    """The result, or a sentence: exit status 2 where the file is at fault, else 1."""
    try:
        return await work
    except FileNotFoundError:
        misused(f"There is no file {file}.")
    except NotAnExport as error:
        misused(one_line(f"This is no whole file of an export: export again. ({error})"))
    except Conflict as error:
        words = f"Nothing was imported: {error}, so that their order can't be kept. Import into a cluster without them."
        fail(one_line(words))
    except TopicDiffers as error:
        fail(f"Nothing was imported: {error}, so that keys would lose their order.")
    except OutcomeUnknown as error:
        fail(f"Kafka did not take everything: import the file again, which goes on from there. ({error})")


def tell_taken(taken: Taken, *, as_json: bool) -> None:
    _tell({"appended": taken.appended, "there already": taken.there}, as_json=as_json)


def warn_of_calls(taken: Taken) -> None:
    """To be said before anything is appended."""
    if taken.calling:
        one = counted(len(taken.calling), "track names", "tracks name")
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
