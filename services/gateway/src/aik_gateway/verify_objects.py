"""`aik-gateway verify-objects`: whether every object that is named is in the store, as it is named."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from aik_events.asset import Asset, AssetState
from aik_events.event import Frozen
from aik_events.topics import ASSETS, TRACKS
from aik_events.track import Track
from aik_service.command_errors import said
from aik_service.database import Database, table_of
from aik_service.inbox_tables import Folded
from aik_service.models import sha256_of
from aik_service.objects import ObjectMissing, Objects
from aik_service.objects.s3 import S3Objects
from aik_service.settings import ObjectSettings, ServiceSettings
from sqlalchemy import select

from aik_gateway.private.tables import SCHEMA as PRIVATE
from aik_gateway.readmodel.generations import served_database

FOLDED = table_of(Folded)
PAGE = 200
AT_ONCE = 8


class Named(Frozen):
    """An object as an aggregate names it; a client need not have said a source's hash."""

    owner: str
    kind: str
    key: str
    size_bytes: int
    sha256: str | None


class Wrong(Frozen):
    """What is wrong with an object: missing, size or sha256; and what the store has instead."""

    owner: str
    kind: str
    key: str
    problem: str
    named: str | None = None
    found: str | None = None


class Verified(Frozen):
    aggregates: int
    objects: int
    size_bytes: int
    hashed: bool
    wrong: tuple[Wrong, ...]


def objects_of_track(track: Track) -> Iterator[Named]:
    """Everything that its state names: none of a deleted one, whose objects are removed."""
    if track.deleted or track.source is None:
        return
    source = track.source
    yield Named(owner=track.id, kind="source", key=source.key, size_bytes=source.size_bytes, sha256=source.sha256)
    artefacts = [*track.artefacts.items(), *(each for job in track.jobs for each in job.inputs.items())]
    for version in track.versions:
        own = {"lyrics": version.lyrics, "karaoke": version.karaoke}
        artefacts += [(kind, artefact) for kind, artefact in own.items() if artefact is not None]
        artefacts += version.files.items()
    for kind, a in artefacts:
        yield Named(owner=track.id, kind=kind, key=a.key, size_bytes=a.size_bytes, sha256=a.sha256)


def objects_of_asset(asset: Asset) -> Iterator[Named]:
    """Its file, from the end of the upload until it is removed."""
    if asset.state is AssetState.UPLOADED:
        yield Named(owner=asset.id, kind="source", key=asset.key, size_bytes=asset.size_bytes, sha256=asset.sha256)


async def verified(database: Database, objects: Objects, track: str | None, *, hashed: bool) -> Verified:
    """Looks at each object once for each aggregate that names it; with `hashed` reads it as well, a file at a time."""
    aggregates = count = size_bytes = 0
    wrong: list[Wrong] = []
    gate = asyncio.Semaphore(AT_ONCE)
    async for named in _named(database, track):
        aggregates += 1
        found = await asyncio.gather(*(_checked(objects, each, gate, hashed=hashed) for each in named))
        count += len(named)
        size_bytes += sum(each.size_bytes for each in named)
        wrong += [each for each in found if each is not None]
    return Verified(aggregates=aggregates, objects=count, size_bytes=size_bytes, hashed=hashed, wrong=tuple(wrong))


async def _named(database: Database, track: str | None) -> AsyncIterator[list[Named]]:
    """Of each aggregate, in pages, so that memory does not grow with their number."""
    for topic in (ASSETS, TRACKS) if track is None else (TRACKS,):
        after = ""
        while True:
            of_topic = select(FOLDED.c.key, FOLDED.c.state).where(FOLDED.c.topic == topic, FOLDED.c.key > after)
            if track is not None:
                of_topic = of_topic.where(FOLDED.c.key == track)
            async with database.begin() as connection:
                rows = (await connection.execute(of_topic.order_by(FOLDED.c.key).limit(PAGE))).all()
            for _, state in rows:
                yield _distinct(
                    objects_of_track(Track.model_validate(state))
                    if topic == TRACKS
                    else objects_of_asset(Asset.model_validate(state))
                )
            if len(rows) < PAGE:
                break
            after = rows[-1].key


def _distinct(named: Iterable[Named]) -> list[Named]:
    """One artefact has many names: of a kind, of a job's input, of a version."""
    return list({(each.key, each.size_bytes, each.sha256): each for each in named}.values())


async def _checked(objects: Objects, named: Named, gate: asyncio.Semaphore, *, hashed: bool) -> Wrong | None:
    about = {"owner": named.owner, "kind": named.kind, "key": named.key}
    async with gate:
        try:
            size = await objects.size(named.key)
            if size != named.size_bytes:
                return Wrong(**about, problem="size", named=str(named.size_bytes), found=str(size))
            sha256 = await _hash(objects, named.key) if hashed and named.sha256 is not None else named.sha256
        except ObjectMissing:
            return Wrong(**about, problem="missing")
    if sha256 != named.sha256:
        return Wrong(**about, problem="sha256", named=named.sha256, found=sha256)
    return None


async def _hash(objects: Objects, key: str) -> str:
    """By way of a file: no object is held in memory."""
    with TemporaryDirectory(prefix="aik-verify-") as folder:
        path = Path(folder) / "object"
        await objects.fetch(key, path)
        return await asyncio.to_thread(sha256_of, path)


def verify_objects(
    track: Annotated[str | None, typer.Option(help="Only what this track names.")] = None,
    hash_: Annotated[bool, typer.Option("--hash", help="Read every object and compare its sha256 too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say whether every object that tracks and assets name is in the store, with its size.

    Exit status: 0 all are there, 1 something is wrong, 2 it can't be said.
    """
    with said(2):
        found = asyncio.run(_verified(track, hashed=hash_))
    if track is not None and found.aggregates == 0:
        typer.echo(f"There is no track {track}.", err=True)
        raise typer.Exit(2)
    typer.echo(found.model_dump_json(indent=2, by_alias=True) if as_json else _told(found))
    raise typer.Exit(1 if found.wrong else 0)


async def _verified(track: str | None, *, hashed: bool) -> Verified:
    database = served_database(ServiceSettings().postgres.get_secret_value(), PRIVATE, pool_size=1)
    objects = S3Objects(ObjectSettings())  # type: ignore[call-arg]  # pydantic-settings reads the environment
    try:
        return await verified(database, objects, track, hashed=hashed)
    finally:
        await database.close()


def _told(found: Verified) -> str:
    lines = [f"{wrong.problem:<8} {wrong.owner}  {wrong.kind}  {wrong.key}{_instead(wrong)}" for wrong in found.wrong]
    how = "by size and sha256" if found.hashed else "by size"
    seen = f"{found.objects} objects ({found.size_bytes} bytes) of {found.aggregates} assets and tracks, {how}"
    return "\n".join([*lines, f"{seen}: {len(found.wrong) or 'nothing'} wrong"])


def _instead(wrong: Wrong) -> str:
    return f"  {wrong.named} named, {wrong.found} found" if wrong.found else ""
