"""Events as records: CloudEvents 1.0, Kafka protocol binding, binary mode."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from pydantic_core import from_json

from aik_events.catalogue import CATALOGUE, Catalogue, Event, StepResult, UnfamiliarResult
from aik_events.catalogue.versions import Reading
from aik_events.event import Meta

NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL in JSON, told apart from an escaped backslash before the letters u0000."""


class Undecodable(Exception):
    """The record is not an event that this code can read: fix the code, or give the record up."""

    code = "undecodable"


@dataclass(frozen=True)
class Partition:
    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.number}"


@dataclass(frozen=True)
class Record:
    """One record of a partition, as bytes."""

    partition: Partition
    offset: int
    key: bytes
    value: bytes
    headers: Mapping[str, bytes]


def headers_of(event: Event) -> dict[str, bytes]:
    meta = event.meta
    text = {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": meta.id,
        "ce_source": meta.source,
        "ce_type": event.type,
        "ce_time": meta.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ce_subject": meta.subject,
        "ce_dataschema": event.schema_uri(),
        "aik_clientid": meta.client_id,
        "aik_causationid": meta.causation_id,
        "traceparent": meta.traceparent,
        "aik_step": event.step if isinstance(event, StepResult) else None,
    }
    return {name: value.encode() for name, value in text.items() if value is not None}


def value_of(event: Event) -> bytes:
    return event.model_dump_json(by_alias=True).encode()


def decode(record: Record, catalogue: Catalogue = CATALOGUE) -> Event:
    """The event of a record, in its newest version. Raises Undecodable, with what is wrong."""
    try:
        headers = {name: value.decode() for name, value in record.headers.items()}
        meta = {
            "id": headers["ce_id"],
            "subject": headers["ce_subject"],
            "time": datetime.fromisoformat(headers["ce_time"]),
            "source": headers["ce_source"],
            "client_id": headers["aik_clientid"],
            "causation_id": headers.get("aik_causationid"),
            "traceparent": headers.get("traceparent"),
        }
        if record.key.decode() != meta["subject"]:
            raise Undecodable(f"the key {record.key!r} is not the subject {meta['subject']!r}")
        return _of_type(headers, record.value, Meta.model_validate(meta), catalogue)
    except KeyError as error:
        raise Undecodable(f"the header {error} is missing") from error
    except (ValidationError, ValueError) as error:
        raise Undecodable(str(error)) from error


def _of_type(headers: Mapping[str, str], value: bytes, meta: Meta, catalogue: Catalogue) -> Event:
    known = catalogue.reading(headers["ce_dataschema"])
    if known is not None and headers["ce_type"] == known.event.TYPE:
        return known.event.model_validate({**_newest(known, _body(value)), "meta": meta})
    if "aik_step" in headers and not catalogue.has(headers["ce_type"]):
        return UnfamiliarResult.model_validate({**_body(value), "meta": meta, "name": headers["ce_type"]})
    raise Undecodable(f"{headers['ce_type']} with schema {headers['ce_dataschema']} is not in the catalogue")


def _newest(known: Reading, body: dict[str, Any]) -> dict[str, Any]:
    """Nobody has looked at the old value yet: what an upcaster stumbles on is the record's fault."""
    try:
        return known.newest(body)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Undecodable(f"{known} can't be brought to version {known.event.VERSION}: {error!r}") from error


def _body(value: bytes) -> dict[str, Any]:
    if NUL.search(value):
        raise Undecodable("there is a NUL character in it, which Postgres can't store")
    body = from_json(value)
    if not isinstance(body, dict):
        raise Undecodable("the value is not a JSON object")
    return body
