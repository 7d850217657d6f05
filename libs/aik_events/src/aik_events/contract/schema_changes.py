"""What in a schema, against an older one of the same event version, old records or old readers would not survive."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Json = Mapping[str, Any]
Code = Literal[
    "field-removed",
    "field-added-required",
    "field-made-required",
    "field-made-optional",
    "default-changed",
    "values-narrowed",
    "values-widened",
    "type-narrowed",
    "type-widened",
    "limit-tightened",
    "limit-loosened",
    "constraint-changed",
]

LOWER = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
UPPER = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
TELLING = frozenset(
    {"title", "description", "examples", "deprecated", "$id", "$schema", "$comment", "$defs", "default"}
)
"""What says something to people and lets nothing in or out."""
LOOKED_INTO = frozenset(
    {"type", "enum", "const", "properties", "required", "items", "additionalProperties", "anyOf", "oneOf", "$ref"}
)
OLD_RECORDS = "records that were written before"
OLD_READERS = "readers of the last release"


@dataclass(frozen=True)
class Change:
    """One break: of which field (`madeWith.name`, `steps[]`, `artefacts.*`; empty for all of it), and what it is."""

    code: Code
    field: str
    what: str


def changes(old: Json, new: Json) -> list[Change]:
    """Every break, in the order of the old schema's fields.

    New code must read every old record, and old code every new record of this version. So a version allows the same for
    ever, but that a field may come that is not required, which old readers ignore and old records have not.
    """
    return list(_Comparison(old, new).alternatives("", old, new))


@dataclass(frozen=True)
class _Comparison:
    old: Json
    new: Json
    """The whole schemas, which references point into."""

    def alternatives(self, field: str, old: Json, new: Json) -> Iterator[Change]:
        """Of anyOf and lists of types each type is compared with its own like."""
        before, after = _by_type(self.old, old), _by_type(self.new, new)
        yield from _types(field, set(before), set(after))
        for kind in sorted(before.keys() - {"null"}):
            for then, now in zip(before[kind], after.get(_like(kind, after), ()), strict=False):
                yield from self._same_type(field, then, now)
            if kind in after and len(before[kind]) != len(after[kind]):
                yield Change("constraint-changed", field, f"it has another number of alternatives of type {kind}")

    def _same_type(self, field: str, old: Json, new: Json) -> Iterator[Change]:
        yield from _values(field, old, new)
        for keyword in sorted((old.keys() | new.keys()) - TELLING - LOOKED_INTO):
            if old.get(keyword) != new.get(keyword):
                yield _constraint(field, keyword, old.get(keyword), new.get(keyword))
        yield from self._fields(field, old, new)
        yield from self._inner(f"{field}[]", "items", old, new)
        yield from self._inner(f"{field}.*", "additionalProperties", old, new)

    def _inner(self, field: str, keyword: str, old: Json, new: Json) -> Iterator[Change]:
        """Of list items and of a mapping's values; without the keyword they are anything."""
        then, now = old.get(keyword, True), new.get(keyword, True)
        if isinstance(then, Mapping) and isinstance(now, Mapping):
            yield from self.alternatives(field, then, now)
        elif then != now:
            yield _constraint(field, keyword, then, now)

    def _fields(self, field: str, old: Json, new: Json) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        demanded, demands = set(old.get("required", ())), set(new.get("required", ()))
        for name, then in before.items():
            path = f"{field}.{name}".lstrip(".")
            if name not in after:
                yield _removed(path, name in demanded)
                continue
            yield from _presence(path, name in demanded, name in demands)
            yield from _default(path, then, after[name])
            yield from self.alternatives(path, then, after[name])
        for name in after:
            if name not in before and name in demands:
                what = f"it is new and required, but {OLD_RECORDS} have none"
                yield Change("field-added-required", f"{field}.{name}".lstrip("."), what)


def _removed(field: str, demanded: bool) -> Change:
    loss = f"{OLD_READERS} demand it" if demanded else f"what {OLD_RECORDS} say there is lost"
    return Change("field-removed", field, f"it is gone, but {loss}")


def _presence(field: str, demanded: bool, demands: bool) -> Iterator[Change]:
    if demands and not demanded:
        yield Change("field-made-required", field, f"it is required now, but {OLD_RECORDS} may have none")
    if demanded and not demands:
        yield Change("field-made-optional", field, f"it may be left out now, but {OLD_READERS} demand it")


def _default(field: str, old: Json, new: Json) -> Iterator[Change]:
    if "default" in old and "default" in new and old["default"] != new["default"]:
        what = f"its default is {_told(new['default'])}, no longer {_told(old['default'])}"
        yield Change("default-changed", field, f"{what}, which is what records without it mean")


def _types(field: str, before: set[str], after: set[str]) -> Iterator[Change]:
    """Whole numbers are numbers; what has no type may be anything."""
    for gone in sorted(kind for kind in before if not _allows(after, kind)):
        yield Change("type-narrowed", field, f"it may not be {gone} any more, but {OLD_RECORDS} may be")
    for come in sorted(kind for kind in after if not _allows(before, kind)):
        yield Change("type-widened", field, f"it may be {come} now, but {OLD_READERS} refuse that")


def _allows(kinds: set[str], kind: str) -> bool:
    return kind in kinds or "anything" in kinds or (kind == "integer" and "number" in kinds)


def _like(kind: str, after: Mapping[str, Any]) -> str:
    return "number" if kind == "integer" and "integer" not in after else kind


def _values(field: str, old: Json, new: Json) -> Iterator[Change]:
    """Of enum and const."""
    then, now = _named(old), _named(new)
    if then is None and now is None:
        return
    gone = [value for value in then or () if now is not None and value not in now]
    come = [value for value in now or () if then is None or value not in then]
    if then is None:
        yield Change("values-narrowed", field, f"it may only be {_listed(come)} now, but {OLD_RECORDS} may be others")
        return
    if gone:
        yield Change("values-narrowed", field, f"it may not be {_listed(gone)} any more, but {OLD_RECORDS} may be")
    if come or now is None:
        more = "anything" if now is None else _listed(come)
        yield Change("values-widened", field, f"it may be {more} now, but {OLD_READERS} refuse that")


def _named(schema: Json) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _listed(values: list[Any]) -> str:
    return " or ".join(_told(value) for value in values)


def _constraint(field: str, keyword: str, old: Any, new: Any) -> Change:
    now, then = ("absent" if value is None else _told(value) for value in (new, old))
    what = f"its {keyword} is {now}, no longer {then}"
    if keyword in LOWER | UPPER:
        # No limit is the loosest; a lower one is loosened when it sinks.
        tighter = new is not None and (old is None or (new > old) == (keyword in LOWER))
        end = f"but {OLD_RECORDS} may be beyond" if tighter else f"but {OLD_READERS} refuse what is beyond"
        return Change("limit-tightened" if tighter else "limit-loosened", field, f"{what}, {end}")
    return Change("constraint-changed", field, f"{what}, so {OLD_RECORDS} or {OLD_READERS} may not agree")


def _told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _by_type(root: Json, schema: Json) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for one in _alternatives(root, schema):
        kinds = one.get("type", "anything")
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            found.setdefault(kind, []).append(one)
    return found


def _alternatives(root: Json, schema: Json) -> Iterator[Json]:
    if "$ref" in schema:
        yield from _alternatives(root, _target(root, schema["$ref"]))
    elif choices := schema.get("anyOf") or schema.get("oneOf"):
        for one in choices:
            yield from _alternatives(root, one)
    else:
        yield schema


def _target(root: Json, reference: str) -> Json:
    for part in reference.removeprefix("#/").split("/"):
        root = root[part]
    return root
