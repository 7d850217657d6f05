"""A track in one file, and out of it: `aik-gateway export` and `aik-gateway import`."""

from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from aik_events.cli.exchange import (
    AsJson,
    File,
    Live,
    Wait,
    await_no_services,
    check_nobody_came,
    taken_in,
    tell_taken,
    warn_of_calls,
)
from aik_events.cli.printing import counted, echo, one_line
from aik_events.cli.progress import watching
from aik_events.cli.running import MISUSED, fail, misused, run, said
from aik_events.environment import from_environment
from aik_events.exchange.archive import FileThere, created
from aik_events.exchange.lines import LogWriter
from aik_events.log.admin import partition_counts
from aik_events.log.members import WAIT_S
from aik_events.log.scan import Watch
from aik_events.log.slicing import Slice, slice_of
from aik_events.log.taking_in import Plan, Taken, planned, take_in
from aik_events.settings import KafkaSettings
from aik_events.topics import KEPT
from aik_service.objects import Objects, ObjectsUnavailable
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings
from pydantic_core import to_json

from aik_gateway.bundle import Moved, ObjectDiffers, ObjectNotNamed, add_objects, named_in, put_objects

T = TypeVar("T")


class BundleSettings(KafkaSettings, ObjectSettings):
    """A log and a store; no database, and no secrets of clients."""


def export(
    track: Annotated[str, typer.Argument(help="The track's id, such as trk_…")], file: File, as_json: AsJson = False
) -> None:
    """Write a track's records, its asset's and its deliveries', with every object that they name, into one file."""
    settings = _settings()
    with watching("exporting") as watch:
        counts, moved = run(_or_sentence(export_track(settings, S3Objects(settings), track, file, watch)))
    if as_json:
        echo(to_json({"records": dict(counts), **_told(moved)}).decode())
        return
    records, objects = counted(sum(counts.values()), "record"), counted(moved.objects, "object")
    typer.echo(f"{records}, {objects} of {moved.size_bytes} bytes")
    typer.echo(f"{file}, {file.stat().st_size} bytes")
    _tell_missing(moved)


async def export_track(
    settings: KafkaSettings, objects: Objects, track: str, file: Path, watch: Watch
) -> tuple[dict[str, int], Moved]:
    """How many records of each topic, and what of the store. A track's records are few: they are kept in memory."""
    records = [record async for record in slice_of(settings, Slice(track), watch)]
    if not records:
        fail(f"The log has no event of a track {track}.")
    try:
        with created(file) as archive:
            writer = LogWriter(archive, await partition_counts(settings, KEPT))
            for record in records:
                writer.write(record)
            writer.finish()
            return dict(writer.counts), await add_objects(archive, objects, named_in(records))
    except FileThere as error:
        misused(f"{error} is there already: remove it, or give another name.")


def import_(
    file: File,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and change nothing.")] = False,
    live: Live = False,
    wait: Wait = WAIT_S,
    as_json: AsJson = False,
) -> None:
    """Put the objects of a file into the store, then its records into the log; safe to do twice.

    Import first, then start the services: while some read this log, nothing is imported. Exit status 1, with all
    imported, where some began to meanwhile.
    """
    settings = _settings()
    # Nothing is stored if the log would refuse the records, and no record is there before what it names.
    await_no_services(settings, live=live or dry_run, wait_s=wait)
    plan = _plan(settings, file)
    warn_of_calls(plan.taken)
    moved = run(_or_sentence(taken_in(put_objects(file, S3Objects(settings), dry_run=dry_run), file)))
    if dry_run:
        _tell_imported(plan.taken, moved, as_json=as_json)
        return None if as_json else typer.echo("a dry run: nothing was stored or appended")
    await_no_services(settings, live=live, wait_s=wait)
    taken = run(taken_in(take_in(settings, _plan(settings, file)), file))
    _tell_imported(taken, moved, as_json=as_json)
    check_nobody_came(settings, live=live)


def _tell_imported(taken: Taken, moved: Moved, *, as_json: bool) -> None:
    if as_json:
        echo(to_json({"appended": taken.appended, "there_already": taken.there, **_told(moved)}).decode())
        return
    tell_taken(taken, as_json=False)
    typer.echo(f"objects: {moved.objects} stored, {moved.there} there already")
    _tell_missing(moved)


def _plan(settings: KafkaSettings, file: Path) -> Plan:
    with watching("importing") as watch:
        return run(taken_in(planned(settings, file, watch=watch), file))


def _settings() -> BundleSettings:
    """Those of the environment, or a sentence and exit status 2."""
    with said(MISUSED, {}):
        return from_environment(BundleSettings)


async def _or_sentence(work: Coroutine[Any, Any, T]) -> T:
    """The result, or a sentence: about the store with exit status 1, about what the file would store with 2."""
    try:
        return await work
    except ObjectNotNamed as error:
        words = f"the file has an object {error} that none of its records names. [{error.code}]"
        misused(one_line(f"Nothing was imported: {words}"))
    except ObjectDiffers as error:
        fail(one_line(f"The store has another object {error}: import into a store without it. No record was appended."))
    except ObjectsUnavailable as error:
        fail(f"The object store does not answer: start it, or set AIK_S3_ENDPOINT to where it is. ({error})")


def _told(moved: Moved) -> dict[str, object]:
    return {"objects": moved.objects, "bytes": moved.size_bytes, "objects_there": moved.there, "missing": moved.missing}


def _tell_missing(moved: Moved) -> None:
    for key in moved.missing:
        echo(one_line(f"not in the store when it was exported, or not as events name it: {key}"), err=True)
