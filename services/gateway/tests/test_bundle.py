"""What a bundle's objects may do to a store: be added to it, and nothing else."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from aik_events.envelope import Partition, headers_of, value_of
from aik_events.event import Artefact, Event
from aik_events.exchange.archive import Archive, NotAnExport, created
from aik_events.exchange.lines import LogWriter
from aik_events.stored import Stored
from aik_events.testing.asset_author import AssetAuthor
from aik_events.testing.author import Author
from aik_events.testing.objects import artefact, source_of
from aik_events.topics import ASSETS, TRACKS
from aik_gateway.bundle import (
    CONTENTS,
    LIST,
    LISTED,
    NamedObject,
    ObjectDiffers,
    ObjectNotNamed,
    add_objects,
    named_in,
    put_objects,
)
from aik_service.objects.memory import MemoryObjects

AUTHOR = Author("trk_7d2b64c0a1f34c55b0a4de9f6f2a9b11")
SONG, LYRICS = b"la la la", b"la"
SOURCE = source_of("ast_1").model_copy(update={"size_bytes": len(SONG), "sha256": "0" * 64})
KEY, MADE = SOURCE.key, f"tracks/{AUTHOR.track}/lyrics/1.json"
DOCUMENT = Artefact(key=MADE, sha256=sha256(LYRICS).hexdigest(), size_bytes=2, content_type="application/json")
IMPORTED = AUTHOR.imported(source=SOURCE).model_copy(update={"lyrics": DOCUMENT})
STARTED = AssetAuthor().upload_started().model_copy(update={"size_bytes": len(SONG)})


class Overtaken(MemoryObjects):
    """Somebody else stores an object just before the first create does."""

    def __init__(self, theirs: bytes) -> None:
        super().__init__()
        self._theirs = theirs

    async def create(self, key: str, content: bytes | Path, content_type: str) -> bool:
        await self.put(key, self._theirs, content_type)
        return await super().create(key, content, content_type)


def stored(event: Event) -> Stored:
    headers = tuple(headers_of(event).items())
    return Stored(Partition(event.TOPIC, 0), 0, 5, event.meta.subject.encode(), value_of(event), headers)


def write_records(archive: Archive) -> None:
    writer = LogWriter(archive, {ASSETS: 1, TRACKS: 1})
    for event in (STARTED, IMPORTED):
        writer.write(stored(event))
    writer.finish()


def bundle(file: Path, contents: Mapping[str, bytes], listed: Mapping[str, bytes] | None = None) -> Path:
    """Of records that name KEY and MADE, the objects in it, and the list that says what they are."""
    with created(file) as archive:
        write_records(archive)
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


@pytest.mark.parametrize(
    ("key", "content"), [(MADE, b"lo"), (MADE, b"lalala"), (KEY, b"la")], ids=["hash", "size", "size of an asset"]
)
async def test_an_object_that_is_not_what_a_record_says_is_no_export_whatever_the_list_says(
    tmp_path: Path, key: str, content: bytes
) -> None:
    objects = MemoryObjects()
    with pytest.raises(NotAnExport):
        await put_objects(bundle(tmp_path / "a.tar.gz", {key: content}), objects)
    assert objects.stored == {}


async def test_what_a_client_sent_goes_over_even_where_it_had_promised_another_hash(tmp_path: Path) -> None:
    objects = MemoryObjects()
    await put_objects(bundle(tmp_path / "a.tar.gz", {KEY: SONG, MADE: LYRICS}), objects)
    assert objects.stored == {KEY: SONG, MADE: LYRICS}


@pytest.mark.parametrize(
    "key",
    [
        "tracks/trk_other/artefacts/separate/00/manifest.json",
        f"tracks/{AUTHOR.track}/../trk_other/a",
        f"tracks/{AUTHOR.track}",
        f"tracks/{AUTHOR.track}x/a",
        "assets/ast_other/source.mp3",
        "config.json",
        "",
    ],
)
def test_a_record_names_no_objects_of_other_tracks_or_assets(key: str) -> None:
    odd = AUTHOR.edited().model_copy(update={"lyrics": artefact(key)})
    assert list(named_in(map(stored, [STARTED, IMPORTED, odd]))) == [KEY, MADE]
    assert list(named_in([stored(IMPORTED)])) == [MADE]


async def test_an_object_that_is_not_as_events_name_it_is_not_exported(tmp_path: Path) -> None:
    objects, file = MemoryObjects(), tmp_path / "a.tar.gz"
    objects.stored |= {KEY: SONG, MADE: b"lo"}
    with created(file) as archive:
        write_records(archive)
        moved = await add_objects(archive, objects, named_in(map(stored, [STARTED, IMPORTED])))
    assert (moved.objects, moved.missing) == (1, [MADE])
    there = MemoryObjects()
    assert (await put_objects(file, there)).missing == [MADE]
    assert there.stored == {KEY: SONG}


@pytest.mark.parametrize("list_", [b"{", b"{}", b'[{"sha256":"00"}]'])
async def test_a_garbled_list_of_objects_is_no_export(tmp_path: Path, list_: bytes) -> None:
    with created(tmp_path / "a.tar.gz") as archive:
        write_records(archive)
        archive.add(LIST, list_)
    with pytest.raises(NotAnExport):
        await put_objects(tmp_path / "a.tar.gz", MemoryObjects())


async def test_what_the_store_had_no_more_is_said_to_be_missing(tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    bundle(tmp_path / "whole.tar.gz", {KEY: SONG})
    with created(file) as archive:
        write_records(archive)
        archive.add(LIST, LISTED.dump_json([NamedObject(key=KEY)], by_alias=True))
    assert (await put_objects(file, MemoryObjects())).missing == [KEY]
