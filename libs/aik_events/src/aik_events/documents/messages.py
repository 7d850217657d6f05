"""The messages of the AsyncAPI document: headers, payload and an example of every version of every event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aik_events.documents.described import Described, in_one_line
from aik_events.documents.headers import DEAD_LETTER_HEADERS

BINDING = {"bindingVersion": "0.5.0"}
DEAD_LETTER = "dead-letter"
HIDDEN = frozenset({"$id", "$defs", "title"})
"""An $id would make references relative to itself."""


def message(one: Described) -> dict[str, Any]:
    older = "" if one.is_newest else " An older version: nobody appends it any more, but it is in the log."
    return {
        "name": one.event.TYPE,
        "title": f"{one.event.TYPE}, version {one.version}",
        "summary": one.about + older,
        "contentType": "application/json",
        "headers": _headers(one),
        "payload": _here({name: value for name, value in one.schema.items() if name not in HIDDEN}, _renamed(one)),
        "correlationId": {
            "description": "All that follows from one request has one trace id.",
            "location": "$message.header#/traceparent",
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": "The same as `ce_subject`."}, **BINDING}},
        "examples": [{"name": one.name, "headers": one.headers, "payload": one.value}],
    }


def _headers(one: Described) -> dict[str, Any]:
    own: dict[str, Any] = {
        "ce_type": {"const": one.event.TYPE},
        "ce_dataschema": {"const": one.event.schema_uri(one.version)},
    }
    return {
        "type": "object",
        "required": [*own, "aik_step"] if one.is_result else list(own),
        "properties": own,
        "allOf": [{"$ref": "#/components/schemas/Headers"}],
    }


def dead_letter() -> dict[str, Any]:
    return {
        "name": DEAD_LETTER,
        "title": "A record that did not decode",
        "summary": "The bytes of a record that a consumer holds, with its key and its headers, and why.",
        "contentType": "application/octet-stream",
        "headers": {"type": "object", "required": list(DEAD_LETTER_HEADERS), "properties": DEAD_LETTER_HEADERS},
        "payload": {"description": "The value as it was, whatever it is."},
        "bindings": {"kafka": {"key": {"type": "string", "description": "That of the record."}, **BINDING}},
    }


def shared_schemas(events: Sequence[Described]) -> dict[str, Any]:
    """The values that events have in them, such as Artefact; once, where all versions agree what they are."""
    found: dict[str, Any] = {}
    for one in events:
        renamed = _renamed(one)
        for name, schema in one.schema.get("$defs", {}).items():
            found[renamed[name]] = _here({key: part for key, part in schema.items() if key != "title"}, renamed)
    return found


def _renamed(one: Described) -> Mapping[str, str]:
    """An older version may have meant another shape by the same name, so its values carry its own."""
    suffix = "" if one.is_newest else f".{one.name}"
    return {name: f"{name}{suffix}" for name in one.schema.get("$defs", {})}


def _here(schema: Any, renamed: Mapping[str, str]) -> Any:
    """With its references into this document, and every description in one line."""
    if isinstance(schema, list):
        return [_here(part, renamed) for part in schema]
    return dict(_parts(schema, renamed)) if isinstance(schema, dict) else schema


def _parts(schema: Mapping[str, Any], renamed: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, part in schema.items():
        if name == "$ref" and isinstance(part, str):
            yield name, f"#/components/schemas/{renamed[part.removeprefix('#/$defs/')]}"
        elif name == "description" and isinstance(part, str):
            yield name, in_one_line(part)
        else:
            yield name, _here(part, renamed)
