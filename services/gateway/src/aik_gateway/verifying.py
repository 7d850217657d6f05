"""Whether every object that tracks and assets name is in the store, as it is named."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from aik_events.asset import Asset, AssetState
from aik_events.event import Frozen
from aik_events.topics import ASSETS, TRACKS
from aik_events.track import Track
from aik_service.database import Database, table_of
from aik_service.inbox_tables import Folded
from aik_service.models import sha256_of
from aik_service.objects import ObjectMissing, Objects
from sqlalchemy import select

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
