"""Records in a file: a line of JSON each, in which every byte of key, value and headers can be found again."""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, NonNegativeInt, PositiveInt, ValidationError
from pydantic_core import to_json

from aik_events.envelope import Partition
from aik_events.event import Frozen
from aik_events.exchange.archive import Archive, NotAnExport, parts_of
from aik_events.stored import Stored
from aik_events.topics import KEPT

MANIFEST, SUMMARY, LINES = "manifest.json", "summary.json", "log/"
PART_BYTES = 4 << 20
"""Lines are gathered into parts of about this size."""


def _kept(topic: str) -> str:
    if topic not in KEPT:
        raise ValueError("no topic that is exported")
    return topic


def _bytes(told: object) -> object:
    """Text or {"base64": …} as bytes; all else as it is, which is refused then."""
    match told:
        case str():
            return told.encode()
        case {"base64": str(coded)}:
            return b64decode(coded, validate=True)
    return told


KeptTopic = Annotated[str, AfterValidator(_kept)]
Content = Annotated[bytes | None, BeforeValidator(_bytes)]
Int64 = Annotated[int, Field(lt=1 << 63)]


class _Part(Frozen):
    """Whoever made the file may have written anything into it."""

    model_config = ConfigDict(strict=True, hide_input_in_errors=True)


class Manifest(_Part):
    """The first part: what this file is, and how many partitions the topics have where the records come from."""

    format: Literal["aik-log"] = "aik-log"
    version: Literal[1] = 1
    partitions: Mapping[KeptTopic, PositiveInt]


class Summary(_Part):
    """The part after the lines: how many there are, by topic."""

    records: Mapping[KeptTopic, NonNegativeInt]


class Line(_Part):
    """One record; what is no text is told in Base64."""

    topic: KeptTopic
    partition: NonNegativeInt
    offset: Annotated[Int64, Field(ge=0)]
    timestamp: Annotated[Int64, Field(ge=-1)]
    key: Content
    headers: tuple[tuple[str, Content], ...]
    value: Content


P = TypeVar("P", bound=_Part)


class LogWriter:
    """Writes records into an archive as they come: first a manifest, then parts of lines, and how many they were."""

    def __init__(self, archive: Archive, partitions: Mapping[str, int]) -> None:
        """`partitions` is how many each topic has, where the records come from."""
        self._archive = archive
        self._lines = bytearray()
        self._parts = 0
        self.counts = Counter[str]()
        archive.add(MANIFEST, Manifest(partitions=dict(partitions)).model_dump_json().encode())

    def write(self, record: Stored) -> None:
        self.counts[record.partition.topic] += 1
        self._lines += line_of(record) + b"\n"
        if len(self._lines) >= PART_BYTES:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._archive.add(SUMMARY, Summary(records=dict(sorted(self.counts.items()))).model_dump_json().encode())

    def _flush(self) -> None:
        if self._lines:
            self._archive.add(f"{LINES}{self._parts:06}.jsonl", bytes(self._lines))
            self._parts += 1
            self._lines.clear()


def partitions_in(path: Path) -> Mapping[str, int]:
    """How many partitions the topics had where the records come from. Raises NotAnExport."""
    with parts_of(path) as parts:
        for name, content in parts:
            return _manifest(path, name, content).partitions
    raise NotAnExport(str(path))


def records_in(path: Path) -> Iterator[Stored]:
    """In the order in which they were written. Raises NotAnExport, also where the end is missing."""
    counts, told = Counter[str](), None
    with parts_of(path) as parts:
        partitions: Mapping[str, int] = {}
        for number, (name, content) in enumerate(parts):
            if number == 0:
                partitions = _manifest(path, name, content).partitions
            elif name.startswith(LINES):
                for line in content:
                    record = record_of(line, f"{path}: {name}")
                    _check_place(record.partition, partitions, f"{path}: {name}")
                    counts[record.partition.topic] += 1
                    yield record
            elif name == SUMMARY:
                told = _parsed(Summary, content.read(), f"{path}: {name}").records
                break
    if told != counts:
        raise NotAnExport(f"{path}: it has {dict(counts)}, and should have {told}")


def _manifest(path: Path, name: str, content: IO[bytes]) -> Manifest:
    if name != MANIFEST:
        raise NotAnExport(f"{path} does not begin with {MANIFEST}")
    return _parsed(Manifest, content.read(), f"{path}: {name}")


def _parsed(form: type[P], content: bytes, where: str) -> P:
    """Raises NotAnExport, which quotes nothing of the content."""
    try:
        return form.model_validate_json(content)
    except ValidationError as error:
        [first, *_] = error.errors(include_url=False, include_context=False, include_input=False)
        at = ".".join(map(str, first["loc"]))
        raise NotAnExport(f"{where}: {at or 'it'}: {first['msg']}") from None


def _check_place(partition: Partition, partitions: Mapping[str, int], where: str) -> None:
    if partition.number >= partitions.get(partition.topic, 0):
        raise NotAnExport(f"{where}: there was no {partition} where it comes from")


def line_of(record: Stored) -> bytes:
    about = {
        "topic": record.partition.topic,
        "partition": record.partition.number,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "key": _told(record.key),
        "headers": [[name, _told(value)] for name, value in record.headers],
        "value": _told(record.value),
    }
    return to_json(about)


def record_of(line: bytes, where: str = "a line") -> Stored:
    """Raises NotAnExport."""
    told = _parsed(Line, line, where)
    place = Partition(told.topic, told.partition)
    return Stored(place, told.offset, told.timestamp, told.key, told.value, told.headers)


def _told(content: bytes | None) -> str | dict[str, str] | None:
    """As text where it is text."""
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(content or b"").decode()}
