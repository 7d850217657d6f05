"""Which changes of a schema break old records or old readers, keyword by keyword."""

import copy
import re
from typing import Any

import pytest
from aik_events.catalogue import EVENTS
from aik_events.contract.schema_changes import Change, changes

SMALL: dict[str, Any] = {
    "$defs": {
        "Made": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "weights": {"type": ["string", "null"], "default": None}},
        }
    },
    "type": "object",
    "required": ["id", "kind", "made"],
    "properties": {
        "id": {"type": "string", "pattern": "^a", "maxLength": 9},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "at": {"type": "string", "format": "date-time"},
        "size": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}], "default": None},
        "share": {"type": "number"},
        "names": {"type": "array", "items": {"type": "string"}, "default": []},
        "files": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Made"}},
        "made": {"$ref": "#/$defs/Made"},
        "more": {},
    },
}
REASON = re.compile(", but |, so |, which ")
ID, KIND, SIZE, FILES, MADE = ("properties id", "properties kind", "properties size", "properties files", "$defs Made")


def changed(path: str, to: Any = ...) -> dict[str, Any]:
    """The schema with what is at this path replaced; or gone, without `to`."""
    schema = copy.deepcopy(SMALL)
    *parts, last = path.split(" ")
    target: Any = schema
    for part in parts:
        target = target[int(part)] if isinstance(target, list) else target[part]
    if to is ...:
        del target[last]
    else:
        target[last] = to
    return schema


def lines(found: list[Change]) -> list[str]:
    """Without the reasons, which the tests of the command have whole."""
    return [f"{one.code} {one.field}: {REASON.split(one.what)[0]}" for one in found]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (changed("properties at"), ["field-removed at: it is gone"]),
        (changed(ID), ["field-removed id: it is gone"]),
        (changed("required", ["id", "made"]), ["field-made-optional kind: it may be left out now"]),
        (changed("required", ["id", "kind", "made", "at"]), ["field-made-required at: it is required now"]),
        (changed(f"{SIZE} default", 1), ["default-changed size: its default is 1, no longer null"]),
        (changed(f"{KIND} enum", ["b"]), ['values-narrowed kind: it may not be "a" any more']),
        (
            changed(f"{KIND} enum", ["b", "c"]),
            ['values-narrowed kind: it may not be "a" any more', 'values-widened kind: it may be "c" now'],
        ),
        (changed(f"{KIND} enum"), ["values-widened kind: it may be anything now"]),
        (changed(KIND, {"type": "string", "const": "b"}), ['values-narrowed kind: it may not be "a" any more']),
        (
            changed("properties share enum", [1, 2]),
            ["values-narrowed share: it may only be 1 or 2 now"],
        ),
        (changed("properties share type", "integer"), ["type-narrowed share: it may not be number any more"]),
        (changed(f"{SIZE} anyOf 0 type", "number"), ["type-widened size: it may be number now"]),
        (
            changed("properties share type", "string"),
            ["type-narrowed share: it may not be number any more", "type-widened share: it may be string now"],
        ),
        (changed(f"{ID} type", ["string", "null"]), ["type-widened id: it may be null now"]),
        (
            changed(f"{SIZE} anyOf", [{"type": "integer", "minimum": 1}]),
            ["type-narrowed size: it may not be null any more"],
        ),
        (changed("properties more type", "string"), ["type-narrowed more: it may not be anything any more"]),
        (changed(f"{SIZE} anyOf 0 minimum", 2), ["limit-tightened size: its minimum is 2, no longer 1"]),
        (changed(f"{SIZE} anyOf 0 minimum", 0), ["limit-loosened size: its minimum is 0, no longer 1"]),
        (changed(f"{SIZE} anyOf 0 minimum"), ["limit-loosened size: its minimum is absent, no longer 1"]),
        (changed(f"{ID} maxLength", 8), ["limit-tightened id: its maxLength is 8, no longer 9"]),
        (changed(f"{ID} maxLength", 10), ["limit-loosened id: its maxLength is 10, no longer 9"]),
        (changed("properties names maxItems", 9), ["limit-tightened names: its maxItems is 9, no longer absent"]),
        (changed(f"{ID} pattern", "^b"), ['constraint-changed id: its pattern is "^b", no longer "^a"']),
        (changed("properties at format"), ['constraint-changed at: its format is absent, no longer "date-time"']),
        (
            changed("properties names items type", "integer"),
            ["type-narrowed names[]: it may not be string any more", "type-widened names[]: it may be integer now"],
        ),
        (
            changed(f"{FILES} additionalProperties", False),
            ['constraint-changed files.*: its additionalProperties is false, no longer {"$ref": "#/$defs/Made"}'],
        ),
        (
            changed("additionalProperties", False),
            ["constraint-changed .*: its additionalProperties is false, no longer true"],
        ),
        (
            changed(f"{MADE} required", ["name", "weights"]),
            [
                "field-made-required files.*.weights: it is required now",
                "field-made-required made.weights: it is required now",
            ],
        ),
        (
            changed(f"{MADE} properties", {"name": {"type": "string"}}),
            ["field-removed files.*.weights: it is gone", "field-removed made.weights: it is gone"],
        ),
        (
            changed("properties made", {"anyOf": [{"$ref": "#/$defs/Made"}, {"type": "object"}]}),
            ["constraint-changed made: it has another number of alternatives of type object"],
        ),
        (changed("properties new", {"type": "string"}), []),
        (changed(f"{MADE} properties new", {"type": "string"}), []),
        (changed(f"{ID} description", "The id."), []),
        (changed("properties size", {"type": ["null", "integer"], "minimum": 1}), []),
        (changed(KIND, {"enum": ["b", "a"], "type": "string"}), []),
        (changed("properties made", SMALL["$defs"]["Made"]), []),
    ],
)
def test_each_kind_of_break_is_found_and_nothing_else(new: dict[str, Any], expected: list[str]) -> None:
    assert lines(changes(SMALL, new)) == expected


def test_a_field_that_is_new_and_required_is_found() -> None:
    new = changed("properties new", {"type": "string"})
    new["required"] = [*new["required"], "new"]
    assert lines(changes(SMALL, new)) == ["field-added-required new: it is new and required"]


def test_no_event_of_the_catalogue_breaks_itself() -> None:
    assert [changes(event.json_schema(), event.json_schema()) for event in EVENTS] == [[]] * len(EVENTS)
