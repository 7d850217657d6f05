"""What of a file of records is in a log already, and what of it would contradict that log; pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b

from pydantic_core import to_json

from aik_events.catalogue import RecordDropped
from aik_events.envelope import Partition
from aik_events.stored import Stored

Place = tuple[str, int, int]
Key = tuple[Partition, bytes | None, str | None]
"""Whose records keep their order: a record's key, and of a delivery the track that it is about.

A track's slice has its own deliveries alone of an endpoint's. Those of two tracks need no order between them: the fold
of an endpoint goes by their times.
"""


class Conflict(Exception):
    """The log has other records of this key: import into a cluster that has none, or leave the topic out."""

    code = "import-conflict"


@dataclass
class Sequences:
    """The records of each key in their order, each as 16 bytes, so that a whole log's fit into memory."""

    digests: dict[Key, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    offsets: dict[Key, list[int]] = field(default_factory=lambda: defaultdict(list))
    named: set[Place] = field(default_factory=set)
    """The records that a `record.dropped` among these gives up."""

    @classmethod
    def of(cls, records: Iterable[Stored]) -> "Sequences":
        sequences = cls()
        for record in records:
            sequences.add(record)
        return sequences

    def add(self, record: Stored) -> None:
        key = key_of(record)
        self.digests[key].append(digest(record))
        self.offsets[key].append(record.offset)
        named = given_up_by(record)
        if named is not None:
            self.named.add(named)

    @property
    def partitions(self) -> set[Partition]:
        return {partition for partition, _, _ in self.digests}


def key_of(record: Stored) -> Key:
    return record.partition, record.key, record.delivered_about


def there(log: Sequences, wanted: Sequences) -> dict[Key, int]:
    """How many of the first records of each wanted key the log has. Raises Conflict where it has others.

    A log that has some of the first was being imported into, and goes on; one that has all may have later ones too.
    """
    return {key: _there(key, log.digests.get(key, []), digests) for key, digests in wanted.digests.items()}


def _there(key: Key, log: Sequence[bytes], wanted: Sequence[bytes]) -> int:
    if list(log) == list(wanted[: len(log)]):
        return len(log)
    left = iter(log)
    if all(digest in left for digest in wanted):  # In this order: what was looked through is used up.
        return len(wanted)
    raise Conflict(f"{key[0]} has other records of the key {(key[1] or b'').decode(errors='replace')}")


def digest(record: Stored) -> bytes:
    """Of all but its place; the offset that a `record.dropped` names is a place too."""
    value = record.value if given_up_by(record) is None else to_json({**record.fields, "offset": 0})
    whole = repr((record.timestamp_ms, record.key, value or b"", record.headers)).encode()
    return blake2b(whole, digest_size=16).digest()


def given_up_by(record: Stored) -> Place | None:
    """The place that a `record.dropped` names."""
    if record.header.get("ce_type") != RecordDropped.TYPE.encode():
        return None
    match record.fields:
        case {"topic": str(topic), "partition": int(partition), "offset": int(offset)}:
            return topic, partition, offset
    return None


def moved(record: Stored, places: dict[Place, int]) -> Stored:
    """The same record; if it gives up one that has another offset now, it names that."""
    named = given_up_by(record)
    if named is None or places.get(named, named[2]) == named[2]:
        return record
    return replace(record, value=to_json({**record.fields, "offset": places[named]}))
