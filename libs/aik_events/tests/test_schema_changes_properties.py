"""Where no break is found, whatever was written by one of two schemas is read by the other."""

from typing import Any

from aik_events.contract.schema_changes import changes
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema_rs import is_valid

Schema = dict[str, Any]
NAMES = st.sampled_from(["a", "b", "c"])
LETTERS = st.lists(st.sampled_from("xyz"), min_size=1, max_size=3, unique=True)
LEAVES = st.one_of(
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": "number"}, {"type": "string"}]),
    st.builds(lambda limit: {"type": "string", "maxLength": limit}, st.integers(1, 3)),
    st.builds(lambda limit: {"type": "integer", "minimum": limit}, st.integers(0, 2)),
    st.builds(lambda values: {"type": "string", "enum": values}, LETTERS),
)


def branches(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.one_of(
        st.builds(lambda items: {"type": "array", "items": items}, inner),
        st.builds(lambda one: {"anyOf": [one, {"type": "null"}]}, inner),
        st.builds(lambda values: {"type": "object", "additionalProperties": values}, inner),
        st.builds(of_fields, st.dictionaries(NAMES, inner), st.sets(NAMES)),
    )


def of_fields(properties: dict[str, Schema], required: set[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": sorted(required & properties.keys())}


SCHEMAS = st.recursive(LEAVES, branches, max_leaves=4)


@st.composite
def edited(draw: st.DrawFn, schema: Schema) -> Schema:
    """One that is like it: another leaf here and there, a field more or less."""
    if "properties" in schema:
        fields = {name: draw(edited(field)) for name, field in schema["properties"].items() if draw(st.integers(0, 9))}
        new = draw(st.dictionaries(NAMES, SCHEMAS, max_size=1))
        required = set(schema["required"]) if draw(st.integers(0, 3)) else draw(st.sets(NAMES))
        return of_fields({**new, **fields}, required)
    if "anyOf" in schema:
        return draw(st.sampled_from([schema, schema["anyOf"][0]]))
    if "enum" in schema:
        return {**schema, "enum": draw(LETTERS)}
    inner: Schema = {name: draw(edited(schema[name])) for name in ("items", "additionalProperties") if name in schema}
    nullable = {"anyOf": [schema, {"type": "null"}]}
    return {**schema, **inner} if inner else draw(st.one_of(st.just(schema), st.just(nullable), LEAVES))


def written_by(schema: Schema) -> st.SearchStrategy[Any]:
    """What a writer of this schema may write: no field that it does not know."""
    if "anyOf" in schema:
        return st.one_of(*(written_by(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "properties" in schema:
        fields = {name: written_by(field) for name, field in schema["properties"].items()}
        needed = {name: fields[name] for name in schema["required"]}
        return st.fixed_dictionaries(needed, optional={n: one for n, one in fields.items() if n not in needed})
    match schema["type"]:
        case "array":
            return st.lists(written_by(schema["items"]), max_size=2)
        case "object":
            return st.dictionaries(NAMES, written_by(schema["additionalProperties"]), max_size=2)
        case "integer":
            return st.integers(schema.get("minimum", 0), 5)
        case "string":
            return st.text("xyz", max_size=schema.get("maxLength", 5))
    return {"null": st.none(), "boolean": st.booleans(), "number": st.sampled_from([0, 0.5, 3])}[schema["type"]]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_without_a_break_both_read_what_the_other_writes(data: st.DataObject) -> None:
    old = data.draw(SCHEMAS)
    new = data.draw(edited(old))
    assume(not changes(old, new))
    assert is_valid(new, data.draw(written_by(old)))
    assert is_valid(old, data.draw(written_by(new)))


@settings(max_examples=100, deadline=None)
@given(SCHEMAS)
def test_a_schema_breaks_nothing_of_itself(schema: Schema) -> None:
    assert changes(schema, schema) == []
