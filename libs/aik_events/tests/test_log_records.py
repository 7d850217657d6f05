"""What Kafka gives as a record of ours, whatever somebody has written there."""

from aik_events.envelope import Partition, Record
from aik_events.log.kafka import record_of
from aiokafka.structs import ConsumerRecord


def test_what_is_missing_is_empty() -> None:
    """Kafka knows records without key or value, and headers without a value."""
    given = ConsumerRecord(
        topic="aik.tracks",
        partition=3,
        offset=7,
        timestamp=0,
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=(("ce_id", None),),
    )
    here = Partition("aik.tracks", 3)
    assert record_of(here, given) == Record(here, 7, b"", b"", {"ce_id": b""})
