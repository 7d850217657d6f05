"""What is in a record's headers, as a JSON Schema over their texts: CloudEvents 1.0 on Kafka, in binary mode."""

from typing import Any

from pydantic import TypeAdapter

from aik_events.event import TRACEPARENT, Name

NAME: dict[str, Any] = TypeAdapter(Name).json_schema()

HEADERS: dict[str, dict[str, Any]] = {
    "content-type": {"const": "application/json", "description": "Of the value."},
    "ce_specversion": {"const": "1.0", "description": "CloudEvents 1.0."},
    "ce_id": {**NAME, "description": "The event's id, a UUID; the same id again is the same event."},
    "ce_source": {**NAME, "description": "Who says so, such as `aik/gateway` or `aik/separator`."},
    "ce_type": {"type": "string", "description": "What happened, such as `track.separated`."},
    "ce_time": {"type": "string", "format": "date-time", "description": "When it was said, UTC, to the millisecond."},
    "ce_subject": {**NAME, "description": "What it is about; the record's key is the same."},
    "ce_dataschema": {"type": "string", "description": "`urn:aik:schema:<type>:<version>`, the schema of the value."},
    "aik_clientid": {**NAME, "description": "The client that what it is about belongs to."},
    "aik_causationid": {**NAME, "description": "The id of the event that caused this one, if one did."},
    "traceparent": {
        "type": "string",
        "pattern": f"^{TRACEPARENT.pattern}$",
        "description": "W3C trace context, if there is one; a request and all that follows from it share its trace id.",
    },
    "aik_step": {
        "type": "string",
        "description": "On results of steps alone: the step. A reader that does not know the event folds it by the "
        "shape that all results share.",
    },
}
OPTIONAL = frozenset({"aik_causationid", "traceparent", "aik_step"})

DEAD_LETTER_HEADERS: dict[str, dict[str, Any]] = {
    "aik_consumer": {"type": "string", "description": "The consumer that holds the record, such as `gateway`."},
    "aik_reason": {"type": "string", "description": "Why it did not decode."},
    "aik_topic": {"type": "string", "description": "Where the record lies."},
    "aik_partition": {"type": "string", "pattern": "^[0-9]+$", "description": "Its partition."},
    "aik_offset": {"type": "string", "pattern": "^[0-9]+$", "description": "Its offset."},
}
"""What a dead letter has besides the headers of the record that it copies, whatever those are."""


def headers_schema() -> dict[str, Any]:
    """What the headers of every event have in common."""
    required = [name for name in HEADERS if name not in OPTIONAL]
    return {"type": "object", "required": required, "properties": HEADERS}
