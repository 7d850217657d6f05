"""What a bundle's objects may do to a store: be added to it, and nothing else."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from aik_events.envelope import Partition, headers_of, value_of
from aik_events.exchange.archive import NotAnExport, created
from aik_events.exchange.lines import LogWriter
from aik_events.stored import Stored
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from aik_gateway.bundle import CONTENTS, LIST, LISTED, NamedObject, ObjectDiffers, ObjectNotNamed, put_objects
from aik_service.objects.memory import MemoryObjects

AUTHOR = Author(f"trk_{uuid4().hex}")
IMPORTED = AUTHOR.imported()
KEY = IMPORTED.source.key
SONG = b"la la la"


class Overtaken(MemoryObjects):
    """Somebody else stores an object just before the first create does."""

    def __init__(self, theirs: bytes) -> None:
        super().__init__()
        self._theirs = theirs

    async def create(self, key: str, content: bytes | Path, content_type: str) -> bool:
        await self.put(key, self._theirs, content_type)
        return await super().create(key, content, content_type)


def bundle(file: Path, contents: Mapping[str, bytes], listed: Mapping[str, bytes] | None = None) -> Path:
    """Of one record that names KEY, the objects in it, and the list that says what they are."""
    headers = tuple(headers_of(IMPORTED).items())
    record = Stored(Partition(TRACKS, 0), 0, 5, AUTHOR.track.encode(), value_of(IMPORTED), headers)
    with created(file) as archive:
        writer = LogWriter(archive, {TRACKS: 1})
        writer.write(record)
        writer.finish()
        named = [
            NamedObject(key=key, sha256=sha256(content).hexdigest(), size_bytes=len(content))
            for key, content in (contents if listed is None else listed).items()
        ]
        archive.add(LIST, LISTED.dump_json(named, by_alias=True))
        for key, content in contents.items():
            archive.add(CONTENTS + key, content)
    return file


async def test_an_object_that_is_missing_is_stored_and_the_same_one_is_left_as_it_is(tmp_path: Path) -> None:
    objects, file = MemoryObjects(), bundle(tmp_path / "a.tar.gz", {KEY: SONG})
    first, again = await put_objects(file, objects), await put_objects(file, objects)
    assert (first.objects, first.size_bytes, first.there) == (1, len(SONG), 0)
    assert (again.objects, again.size_bytes, again.there) == (0, 0, 1)
    assert objects.stored == {KEY: SONG}


async def test_another_object_of_the_same_name_is_not_written_over(tmp_path: Path) -> None:
    objects, file = MemoryObjects(), bundle(tmp_path / "a.tar.gz", {KEY: SONG})
    objects.stored[KEY] = b"another"
    with pytest.raises(ObjectDiffers, match=KEY):
        await put_objects(file, objects)
    assert objects.stored == {KEY: b"another"}


async def test_nor_is_one_that_somebody_stores_at_that_moment(tmp_path: Path) -> None:
    file = bundle(tmp_path / "a.tar.gz", {KEY: SONG})
    objects = Overtaken(b"another")
    with pytest.raises(ObjectDiffers, match=KEY):
        await put_objects(file, objects)
    assert objects.stored == {KEY: b"another"}
    moved = await put_objects(file, Overtaken(SONG))
    assert (moved.objects, moved.there) == (0, 1)


async def test_an_object_that_no_record_of_the_file_names_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    odd, objects = f"tracks/trk_{uuid4().hex}/a", MemoryObjects()
    with pytest.raises(ObjectNotNamed, match=odd):
        await put_objects(bundle(tmp_path / "a.tar.gz", {KEY: SONG, odd: b"odd"}), objects)
    assert objects.stored == {}


@pytest.mark.parametrize("listed", [{}, {KEY: b"another"}], ids=["not listed", "listed with another hash"])
async def test_an_object_that_is_not_what_the_list_says_is_no_export(
    tmp_path: Path, listed: Mapping[str, bytes]
) -> None:
    objects = MemoryObjects()
    with pytest.raises(NotAnExport):
        await put_objects(bundle(tmp_path / "a.tar.gz", {KEY: SONG}, listed), objects)
    assert objects.stored == {}


async def test_what_the_store_had_no_more_is_said_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    bundle(tmp_path / "whole.tar.gz", {KEY: SONG})
    with created(file) as archive:
        writer = LogWriter(archive, {TRACKS: 1})
        headers = tuple(headers_of(IMPORTED).items())
        writer.write(Stored(Partition(TRACKS, 0), 0, 5, AUTHOR.track.encode(), value_of(IMPORTED), headers))
        writer.finish()
        archive.add(LIST, LISTED.dump_json([NamedObject(key=KEY)], by_alias=True))
    assert (await put_objects(file, MemoryObjects())).missing == [KEY]
