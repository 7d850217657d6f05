"""Whether every object that tracks and assets name is in the store, as it is named."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

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
    """Looks at each object once for each aggregate that names it; with `hashed` reads it as well. Eight at once."""
    aggregates = count = size_bytes = 0
    wrong: list[Wrong] = []
    gate = asyncio.Semaphore(AT_ONCE)
    async for topic, id, named in _named(database, track):
        aggregates += 1
        found = await asyncio.gather(*(_checked(objects, each, gate, hashed=hashed) for each in named))
        count += len(named)
        size_bytes += sum(each.size_bytes for each in named)
        off = [(each, problem) for each, problem in zip(named, found, strict=True) if problem is not None]
        if off:
            still = {_object(each) for each in await _named_now(database, topic, id)}
            wrong += [problem for each, problem in off if _object(each) in still]
    return Verified(aggregates=aggregates, objects=count, size_bytes=size_bytes, hashed=hashed, wrong=tuple(wrong))


async def _named(database: Database, track: str | None) -> AsyncIterator[tuple[str, str, list[Named]]]:
    """Of each aggregate (its topic, its id), in pages, so that memory does not grow with their number."""
    for topic in (ASSETS, TRACKS) if track is None else (TRACKS,):
        after = ""
        while True:
            of_topic = select(FOLDED.c.key, FOLDED.c.state).where(FOLDED.c.topic == topic, FOLDED.c.key > after)
            if track is not None:
                of_topic = of_topic.where(FOLDED.c.key == track)
            async with database.begin() as connection:
                rows = (await connection.execute(of_topic.order_by(FOLDED.c.key).limit(PAGE))).all()
            for id, state in rows:
                yield topic, id, _named_in(topic, state)
            if len(rows) < PAGE:
                break
            after = rows[-1].key


async def _named_now(database: Database, topic: str, id: str) -> list[Named]:
    """It may have been deleted since its page was read, and its objects with it."""
    mine = select(FOLDED.c.state).where(FOLDED.c.topic == topic, FOLDED.c.key == id)
    async with database.begin() as connection:
        states = (await connection.execute(mine)).scalars().all()
    return [named for state in states for named in _named_in(topic, state)]


def _named_in(topic: str, state: Any) -> list[Named]:
    """One artefact has many names: of a kind, of a job's input, of a version."""
    is_track = topic == TRACKS
    all_ = objects_of_track(Track.model_validate(state)) if is_track else objects_of_asset(Asset.model_validate(state))
    return list({_object(each): each for each in all_}.values())


def _object(named: Named) -> tuple[str, int, str | None]:
    return named.key, named.size_bytes, named.sha256


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
