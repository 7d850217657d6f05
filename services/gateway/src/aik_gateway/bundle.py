"""One file of a track's records and of every object that they name: what another developer needs to see it again."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import file_digest
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any

from aik_events.event import Frozen
from aik_events.exchange.archive import Archive, NotAnExport, parts_of
from aik_events.exchange.lines import records_in
from aik_events.stored import Stored
from aik_events.topics import ASSETS, TRACKS
from aik_service.objects import ObjectMissing, Objects
from pydantic import TypeAdapter, ValidationError

LIST, CONTENTS = "objects.json", "objects/"
UNKNOWN_TYPE = "application/octet-stream"
FOLDERS = {TRACKS: "tracks/", ASSETS: "assets/"}


class NamedObject(Frozen):
    """An object: as events name it, or in the bundle's list, where `sha256` is of its bytes; None where none are there.

    Of an asset events have a hash that its client has promised, which the separator checks: it is not taken from there.
    """

    key: str
    content_type: str = UNKNOWN_TYPE
    sha256: str | None = None
    size_bytes: int | None = None


class ObjectDiffers(Exception):
    """The store has another object of this name: import into a store that has none."""

    code = "object-differs"


class ObjectNotNamed(Exception):
    """The file has an object that none of its own records names as one of its own: export again."""

    code = "object-not-named"


LISTED = TypeAdapter(list[NamedObject])


def named_in(records: Iterable[Stored]) -> dict[str, NamedObject]:
    """Every object of these tracks and assets that a record names, by its key; also in events this code doesn't know.

    A record is no reason to touch what lies elsewhere: no object of another track or asset is among them.
    """
    named, folders = dict[str, NamedObject](), set[str]()
    for record in records:
        folders |= _folder_of(record)
        for found in _named(record.fields):
            known = named.get(found["key"], NamedObject(key=found["key"]))
            named[known.key] = known.model_copy(update=_facts(found))
    return {key: named[key] for key in sorted(named) if _is_inside(key, folders)}


def _facts(found: Mapping[str, Any]) -> dict[str, Any]:
    """What this mention says of an object."""
    facts = {"content_type": found.get("contentType"), "size_bytes": found["sizeBytes"]}
    if found["key"].startswith(FOLDERS[TRACKS]):
        facts["sha256"] = found.get("sha256")
    return {name: fact for name, fact in facts.items() if isinstance(fact, int if name == "size_bytes" else str)}


def _folder_of(record: Stored) -> set[str]:
    folder, key = FOLDERS.get(record.partition.topic), (record.key or b"").decode(errors="replace")
    return {f"{folder}{key}/"} if folder and key and "/" not in key else set()


def _is_inside(key: str, folders: Collection[str]) -> bool:
    kind, id_, *rest = [*key.split("/"), ""]
    return f"{kind}/{id_}/" in folders and len(rest) > 1 and not {".", ".."} & {id_, *rest}


def _named(value: Any) -> Iterator[Mapping[str, Any]]:
    """An object is told by its key and its size, wherever it stands."""
    if isinstance(value, Mapping):
        if isinstance(value.get("key"), str) and "sizeBytes" in value:
            yield value
        for part in value.values():
            yield from _named(part)
    elif isinstance(value, list):
        for part in value:
            yield from _named(part)


@dataclass
class Moved:
    """How many objects went over, how many bytes those have, how many were there, and which were missing."""

    objects: int = 0
    size_bytes: int = 0
    there: int = 0
    missing: list[str] = field(default_factory=list)


async def add_objects(archive: Archive, objects: Objects, named: Mapping[str, NamedObject]) -> Moved:
    """Their list, then each of them; meanwhile they lie on disk.

    What is not in the store as events name it is listed without a hash, and missing.
    """
    moved, listed = Moved(), list[NamedObject]()
    with TemporaryDirectory(prefix="aik-bundle-") as folder:
        for number, one in enumerate(named.values()):
            path = Path(folder) / str(number)
            found = await _found(objects, one, path)
            listed.append(found or one.model_copy(update={"sha256": None}))
            if found is None:
                moved.missing.append(one.key)
                continue
            moved.objects += 1
            moved.size_bytes += path.stat().st_size
        archive.add(LIST, LISTED.dump_json(listed, by_alias=True))
        for number, one in enumerate(listed):
            if one.sha256 is not None:
                archive.add_file(CONTENTS + one.key, Path(folder) / str(number))
    return moved


async def _found(objects: Objects, one: NamedObject, path: Path) -> NamedObject | None:
    """With the hash and size of what the store has; None where it has nothing, or something else."""
    try:
        await objects.fetch(one.key, path)
    except ObjectMissing:
        return None
    found = one.model_copy(update={"sha256": _sha256(path), "size_bytes": path.stat().st_size})
    return found if _fits(found, one) else None


def _fits(found: NamedObject, named: NamedObject) -> bool:
    """Whether an object can be the one that is named: of what is not said nothing can be wrong."""
    return named.sha256 in (None, found.sha256) and named.size_bytes in (None, found.size_bytes)


async def put_objects(path: Path, objects: Objects, *, dry_run: bool = False) -> Moved:
    """The file's objects into the store; none is written over. A dry run stores nothing and says the same.

    Raises ObjectNotNamed, before anything is stored, NotAnExport for one that is not what the list or a record says,
    ObjectDiffers.
    """
    named = named_in(records_in(path))
    moved, listed = Moved(), dict[str, NamedObject]()
    with TemporaryDirectory(prefix="aik-bundle-") as folder, parts_of(path) as parts:
        for name, content in parts:
            if name == LIST:
                listed = _listed(content.read(), named)
                moved.missing = [one.key for one in listed.values() if one.sha256 is None]
            elif name.startswith(CONTENTS):
                copy = Path(folder) / "object"
                with copy.open("wb") as target:
                    copyfileobj(content, target)
                await _put(moved, objects, listed.get(name.removeprefix(CONTENTS)), copy, dry_run)
    return moved


def _listed(content: bytes, named: Mapping[str, NamedObject]) -> dict[str, NamedObject]:
    """What the file has, by its key, each as records name it; of their hashes and sizes it must say the same.

    Whoever made the file may have written anything into its list: other tracks' keys are none of its business.
    """
    try:
        listed = LISTED.validate_json(content)
    except ValidationError as error:
        raise NotAnExport(f"{LIST} is no list of objects") from error
    for one in listed:
        if one.key not in named:
            raise ObjectNotNamed(one.key)
        if one.sha256 is not None and not _fits(one, named[one.key]):
            raise NotAnExport(f"{one.key} is not what a record says")
    return {one.key: one.model_copy(update={"content_type": named[one.key].content_type}) for one in listed}


async def _put(moved: Moved, objects: Objects, one: NamedObject | None, copy: Path, dry_run: bool) -> None:
    if one is None or (one.sha256, one.size_bytes) != (_sha256(copy), copy.stat().st_size):
        raise NotAnExport(f"{one.key if one else 'an object'} is not what the list of objects says")
    if await _is_new(objects, one, copy, dry_run):
        moved.objects += 1
        moved.size_bytes += copy.stat().st_size
    else:
        moved.there += 1


async def _is_new(objects: Objects, one: NamedObject, copy: Path, dry_run: bool) -> bool:
    """Whether it was stored now; False: it was there. What somebody stores meanwhile stays. Raises ObjectDiffers."""
    while not await _is_there(objects, one, copy.with_name("there")):
        if dry_run or await objects.create(one.key, copy, one.content_type):
            return True
    return False


async def _is_there(objects: Objects, one: NamedObject, copy: Path) -> bool:
    """Raises ObjectDiffers."""
    try:
        await objects.fetch(one.key, copy)
    except ObjectMissing:
        return False
    if _sha256(copy) != one.sha256:
        raise ObjectDiffers(one.key)
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()
