"""Records in a file: a line of JSON each, in which every byte of key, value and headers can be found again."""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from pydantic_core import from_json, to_json

from aik_events.envelope import Partition
from aik_events.exchange.archive import Archive, NotAnExport, parts_of
from aik_events.stored import Stored

FORMAT, VERSION = "aik-log", 1
MANIFEST, SUMMARY, LINES = "manifest.json", "summary.json", "log/"
PART_BYTES = 4 << 20
"""Lines are gathered into parts of about this size."""


class LogWriter:
    """Writes records into an archive as they come: first a manifest, then parts of lines, and how many they were."""

    def __init__(self, archive: Archive, partitions: Mapping[str, int]) -> None:
        """`partitions` is how many each topic has, where the records come from."""
        self._archive = archive
        self._lines = bytearray()
        self._parts = 0
        self.counts = Counter[str]()
        archive.add(MANIFEST, to_json({"format": FORMAT, "version": VERSION, "partitions": dict(partitions)}))

    def write(self, record: Stored) -> None:
        self.counts[record.partition.topic] += 1
        self._lines += line_of(record) + b"\n"
        if len(self._lines) >= PART_BYTES:
            self._flush()

    def finish(self) -> None:
        self._flush()
        self._archive.add(SUMMARY, to_json({"records": dict(sorted(self.counts.items()))}))

    def _flush(self) -> None:
        if self._lines:
            self._archive.add(f"{LINES}{self._parts:06}.jsonl", bytes(self._lines))
            self._parts += 1
            self._lines.clear()


def partitions_in(path: Path) -> Mapping[str, int]:
    """How many partitions the topics had where the records come from. Raises NotAnExport."""
    with parts_of(path) as parts:
        for name, content in parts:
            return _partitions(path, name, content)
    raise NotAnExport(str(path))


def records_in(path: Path) -> Iterator[Stored]:
    """In the order in which they were written. Raises NotAnExport, also where the end is missing."""
    counts, told = Counter[str](), None
    with parts_of(path) as parts:
        for number, (name, content) in enumerate(parts):
            if number == 0:
                _partitions(path, name, content)
            elif name.startswith(LINES):
                for record in map(record_of, content):
                    counts[record.partition.topic] += 1
                    yield record
            elif name == SUMMARY:
                told = from_json(content.read())["records"]
                break
    if told != counts:
        raise NotAnExport(f"{path}: it has {dict(counts)}, and should have {told}")


def _partitions(path: Path, name: str, content: IO[bytes]) -> Mapping[str, int]:
    manifest = from_json(content.read()) if name == MANIFEST else {}
    if (manifest.get("format"), manifest.get("version")) != (FORMAT, VERSION):
        raise NotAnExport(f"{path} is no export of this version")
    partitions: Mapping[str, int] = manifest["partitions"]
    return partitions


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


def record_of(line: bytes) -> Stored:
    about = from_json(line)
    return Stored(
        Partition(about["topic"], about["partition"]),
        about["offset"],
        about["timestamp"],
        _bytes(about["key"]),
        _bytes(about["value"]),
        tuple((name, _bytes(value)) for name, value in about["headers"]),
    )


def _told(content: bytes | None) -> str | dict[str, str] | None:
    """As text where it is text."""
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(content or b"").decode()}


def _bytes(told: Any) -> bytes | None:
    if told is None:
        return None
    return told.encode() if isinstance(told, str) else b64decode(told["base64"])
