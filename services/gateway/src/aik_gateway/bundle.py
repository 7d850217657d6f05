"""One file of a track's records and of every object that they name: what another developer needs to see it again."""

from collections.abc import Iterable, Iterator, Mapping
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
from aik_service.objects import ObjectMissing, Objects
from pydantic import TypeAdapter

LIST, CONTENTS = "objects.json", "objects/"
UNKNOWN_TYPE = "application/octet-stream"


class NamedObject(Frozen):
    """An object as events name it. `sha256` is of the bytes that are in the bundle; None where there are none."""

    key: str
    content_type: str = UNKNOWN_TYPE
    sha256: str | None = None
    size_bytes: int | None = None


class ObjectDiffers(Exception):
    """The store has another object of this name: import into a store that has none."""

    code = "object-differs"


class ObjectNotNamed(Exception):
    """The file has an object that none of its own records names: export again."""

    code = "object-not-named"


LISTED = TypeAdapter(list[NamedObject])


def named_in(records: Iterable[Stored]) -> dict[str, NamedObject]:
    """Every object that one of these records names, by its key, also in events that this code doesn't know."""
    named: dict[str, NamedObject] = {}
    for record in records:
        for found in _named(record.fields):
            known = named.get(found["key"])
            type_ = found.get("contentType") or (known.content_type if known else UNKNOWN_TYPE)
            named[found["key"]] = NamedObject(key=found["key"], content_type=type_)
    return dict(sorted(named.items()))


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
    """Their list, then each of them; meanwhile they lie on disk. What is not in the store is listed without a hash."""
    moved, listed = Moved(), list[NamedObject]()
    with TemporaryDirectory(prefix="aik-bundle-") as folder:
        for number, one in enumerate(named.values()):
            path = Path(folder) / str(number)
            try:
                await objects.fetch(one.key, path)
            except ObjectMissing:
                moved.missing.append(one.key)
                listed.append(one)
                continue
            found = one.model_copy(update={"sha256": _sha256(path), "size_bytes": path.stat().st_size})
            listed.append(found)
            moved.objects += 1
            moved.size_bytes += path.stat().st_size
        archive.add(LIST, LISTED.dump_json(listed, by_alias=True))
        for number, one in enumerate(listed):
            if one.sha256 is not None:
                archive.add_file(CONTENTS + one.key, Path(folder) / str(number))
    return moved


async def put_objects(path: Path, objects: Objects) -> Moved:
    """The file's objects into the store; none is written over.

    Raises ObjectNotNamed, before anything is stored, NotAnExport for a damaged one, ObjectDiffers.
    """
    named = named_in(records_in(path))
    moved, listed = Moved(), dict[str, NamedObject]()
    with TemporaryDirectory(prefix="aik-bundle-") as folder, parts_of(path) as parts:
        for name, content in parts:
            if name == LIST:
                listed = {one.key: one for one in LISTED.validate_json(content.read())}
                _check_named(listed, named)
                moved.missing = [one.key for one in listed.values() if one.sha256 is None]
            elif name.startswith(CONTENTS):
                copy = Path(folder) / "object"
                with copy.open("wb") as target:
                    copyfileobj(content, target)
                await _put(moved, objects, listed.get(name.removeprefix(CONTENTS)), copy)
    return moved


def _check_named(listed: Iterable[str], named: Mapping[str, NamedObject]) -> None:
    """Whoever made the file may have written anything into its list: other tracks' keys are none of its business."""
    for key in listed:
        if key not in named:
            raise ObjectNotNamed(key)


async def _put(moved: Moved, objects: Objects, one: NamedObject | None, copy: Path) -> None:
    if one is None or _sha256(copy) != one.sha256:
        raise NotAnExport(f"{one.key if one else 'an object'} is not what the list of objects says")
    if await _is_new(objects, one, copy):
        moved.objects += 1
        moved.size_bytes += copy.stat().st_size
    else:
        moved.there += 1


async def _is_new(objects: Objects, one: NamedObject, copy: Path) -> bool:
    """Whether it was stored now; False: it was there. What somebody stores meanwhile stays. Raises ObjectDiffers."""
    while not await _is_there(objects, one, copy.with_name("there")):
        if await objects.create(one.key, copy, one.content_type):
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
