"""Every object that a track or an asset names is looked for in the store."""

from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import uuid4

import pytest
from aik_events.asset import Asset, AssetState
from aik_events.testing.author import Author
from aik_events.topics import ASSETS, TRACKS
from aik_events.track import Track
from aik_gateway.verifying import FOLDED, Named, Wrong, objects_of_track, verified
from aik_service.database import Database
from aik_service.inbox_tables import INBOX_TABLES
from aik_service.objects.memory import MemoryObjects
from sqlalchemy import insert, update


def finished(track: str = "trk_1") -> Author:
    author = Author(track)
    author.imported(lyrics=True)
    author.published()
    author.edited("align")
    author.published()
    return author


def named(track: Track) -> dict[str, Named]:
    return {each.key: each for each in objects_of_track(track)}


def test_a_track_names_its_source_what_its_jobs_read_and_what_its_versions_have() -> None:
    names = {key.rsplit("/", 2)[-2] + "/" + key.rsplit("/", 1)[-1] for key in named(finished().state)}
    assert names == {
        "ast_1/song.flac",
        "lyrics/1.json",
        "lyrics/2.json",
        "job_1_1-0/vocals.flac",
        "job_1_1-0/accompaniment.flac",
        "job_1_1-0/karaoke.json",
        "job_1_1-0/qc.json",
        "job_1_1-0/minus.flac",
        "job_1_2-0/karaoke.json",
        "job_1_2-0/qc.json",
        "job_1_2-0/minus.flac",
    }


def test_a_deleted_track_names_nothing() -> None:
    author = finished()
    author.deleted()
    assert named(author.state) == {}


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[Database]:
    database = Database(postgres, f"test_{uuid4().hex[:12]}")
    await database.create(INBOX_TABLES)
    try:
        yield database
    finally:
        await database.drop()
        await database.close()


async def fold(database: Database, topic: str, *states: Track | Asset) -> None:
    rows = [{"topic": topic, "key": state.id, "state": state.model_dump(mode="json")} for state in states]
    async with database.begin() as connection:
        await connection.execute(insert(FOLDED), rows)


def store_of(track: Track) -> MemoryObjects:
    """Has everything that the track names, in its size; by the hash that it names as well where that is of text."""
    objects = MemoryObjects()
    objects.stored = {each.key: bytes(each.size_bytes) for each in objects_of_track(track)}
    return objects


async def test_what_is_missing_or_has_another_size_is_named(database: Database) -> None:
    track = finished().state
    await fold(database, TRACKS, track, finished("trk_2").state)
    objects = store_of(track)
    assert (await verified(database, objects, track.id, hashed=False)).wrong == ()
    keys = sorted(key for key in objects.stored if key.endswith("qc.json"))
    del objects.stored[keys[0]]
    objects.stored[keys[1]] += b"!"
    found = await verified(database, objects, track.id, hashed=False)
    assert (found.aggregates, found.objects) == (1, 11)
    assert sorted(found.wrong, key=lambda wrong: wrong.key) == [
        Wrong(owner="trk_1", kind="qc", key=keys[0], problem="missing"),
        Wrong(owner="trk_1", kind="qc", key=keys[1], problem="size", named="1000", found="1001"),
    ]
    assert len((await verified(database, objects, None, hashed=False)).wrong) > 2


async def test_another_content_of_the_same_size_is_seen_by_its_hash_alone(database: Database) -> None:
    song = Asset(id="ast_1", state=AssetState.UPLOADED, key="a", size_bytes=2, sha256=sha256(b"la").hexdigest())
    gone = Asset(id="ast_2", state=AssetState.REMOVED, key="b", size_bytes=2)
    await fold(database, ASSETS, song, gone)
    objects = MemoryObjects()
    objects.stored["a"] = b"la"
    assert (await verified(database, objects, None, hashed=True)).wrong == ()
    objects.stored["a"] = b"lo"
    assert (await verified(database, objects, None, hashed=False)).wrong == ()
    [wrong] = (await verified(database, objects, None, hashed=True)).wrong
    assert (wrong.owner, wrong.problem, wrong.found) == ("ast_1", "sha256", sha256(b"lo").hexdigest())


class DeletesMeanwhile(MemoryObjects):
    """Each of these tracks is deleted, and folded so, while its first object is looked for."""

    def __init__(self, database: Database, *deleted: Track) -> None:
        super().__init__()
        self._database = database
        self._deleted = list(deleted)

    async def size(self, key: str) -> int:
        while self._deleted:
            track = self._deleted.pop()
            state = {"state": track.model_dump(mode="json")}
            async with self._database.begin() as connection:
                await connection.execute(update(FOLDED).where(FOLDED.c.key == track.id).values(state))
        return await super().size(key)


async def test_what_was_deleted_meanwhile_is_not_missing(database: Database) -> None:
    deleted, kept = finished("trk_1"), finished("trk_2")
    await fold(database, TRACKS, deleted.state, kept.state)
    deleted.deleted()
    objects = DeletesMeanwhile(database, deleted.state)
    found = await verified(database, objects, None, hashed=False)
    assert {wrong.owner for wrong in found.wrong} == {"trk_2"}
