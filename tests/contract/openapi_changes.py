"""What in one OpenAPI document breaks a client that was written for another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")
LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def breaks(old: Json, new: Json) -> list[str]:
    """A sentence for each break; each begins with the operation: `GET /v1/jobs/{jobId}: …`."""
    return sorted(set(_Comparison(old, new).all()))


@dataclass(frozen=True)
class _Comparison:
    """Requests must be accepted as before; answers must be understood as before, but may say more."""

    old: Json
    new: Json

    def all(self) -> Iterator[str]:
        for path, item in self.old["paths"].items():
            for method in METHODS:
                if method in item:
                    then = self.new["paths"].get(path, {}).get(method)
                    found = ["it is gone"] if then is None else self._operation(item[method], then)
                    yield from (f"{method.upper()} {path}: {what}" for what in found)

    def _operation(self, old: Json, new: Json) -> Iterator[str]:
        if old["operationId"] != new["operationId"]:
            yield f"generated clients call it {new['operationId']}, no longer {old['operationId']}"
        yield from self._parameters(old, new)
        yield from self._body(old.get("requestBody"), new.get("requestBody"))
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"it no longer answers {status}"
            else:
                yield from self._answer(status, answer, new["responses"][status])

    def _parameters(self, old: Json, new: Json) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
        for place, one in ((one["in"], one) for one in new.get("parameters", ())):
            known = before.get((place, one["name"]))
            if one.get("required") and not (known or {}).get("required"):
                yield f"the {place} parameter {one['name']} is required now"
            if known is not None:
                yield from self._accepted(known["schema"], one["schema"], f"{place} {one['name']}")

    def _body(self, old: Json | None, new: Json | None) -> Iterator[str]:
        if new is None:
            return
        if new.get("required") and not (old or {}).get("required"):
            yield "a body is required now"
        if old is not None:
            yield from self._media("body", old, new, accepted=True)

    def _answer(self, status: str, old: Json, new: Json) -> Iterator[str]:
        yield from self._media(status, old, new, accepted=False)
        for name in old.get("headers", {}):
            if name not in new.get("headers", {}):
                yield f"{status} has no header {name}"

    def _media(self, where: str, old: Json, new: Json, *, accepted: bool) -> Iterator[str]:
        compare = self._accepted if accepted else self._understood
        for kind, media in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"{where} is no longer {kind}"
            elif "schema" in media:
                yield from compare(media["schema"], new["content"][kind].get("schema", {}), where)

    def _accepted(self, old: Json, new: Json, where: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """What was accepted before and is not any more."""
        for one in alternatives(self.old, old):
            yield from _best(self._narrowed(one, then, where, seen) for then in alternatives(self.new, new))

    def _narrowed(self, old: Json, new: Json, where: str, seen: frozenset[str]) -> Iterator[str]:
        if not _type_fits(old, new):
            yield f"{where} must be {new['type']}, no longer {old.get('type', 'anything')}"
            return
        yield from _values_narrowed(old, new, where)
        if "items" in old and "items" in new:
            yield from self._accepted(old["items"], new["items"], f"{where}[]", seen)
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in set(new.get("required", ())) - set(old.get("required", ())):
            yield f"{where}.{name} is required now"
        for name in before:
            if name in after:
                if _unseen(before[name], seen):
                    yield from self._accepted(before[name], after[name], f"{where}.{name}", _with(before[name], seen))
            elif new.get("additionalProperties", True) is False:
                yield f"{where}.{name} is refused"

    def _understood(self, old: Json, new: Json, where: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """What an answer may say now that it never said before, or no longer says."""
        for one in alternatives(self.new, new):
            yield from _best(self._lost(then, one, where, seen) for then in alternatives(self.old, old))

    def _lost(self, old: Json, new: Json, where: str, seen: frozenset[str]) -> Iterator[str]:
        if not _type_fits(new, old):
            yield f"{where} is {new.get('type', 'anything')}, no longer {old['type']}"
            return
        if "items" in old and "items" in new:
            yield from self._understood(old["items"], new["items"], f"{where}[]", seen)
        after, always = new.get("properties", {}), set(new.get("required", ()))
        for name, schema in old.get("properties", {}).items():
            if name not in after:
                yield f"{where}.{name} is gone"
                continue
            if name in old.get("required", ()) and name not in always:
                yield f"{where}.{name} may be left out"
            if _unseen(schema, seen):
                yield from self._understood(schema, after[name], f"{where}.{name}", _with(schema, seen))


def alternatives(document: Json, schema: Json) -> list[Json]:
    """What a schema allows, as schemas of one type each, without references at their top."""
    if "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return alternatives(document, target)
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return [found for one in schema[several] for found in alternatives(document, one)]
    if "allOf" in schema:
        return [_merged([found for one in schema["allOf"] for found in alternatives(document, one)])]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": kind} for kind in schema["type"]]
    return [schema]


def _merged(schemas: list[Json]) -> Json:
    merged: dict[str, Any] = {}
    for one in schemas:
        required = [*merged.get("required", ()), *one.get("required", ())]
        properties = {**merged.get("properties", {}), **one.get("properties", {})}
        merged = {**merged, **one, "required": required, "properties": properties}
    return merged


def _best(found: Iterator[Iterator[str]]) -> list[str]:
    """The fewest breaks of any alternative."""
    return min((list(one) for one in found), key=len, default=[])


def _type_fits(narrow: Json, wide: Json) -> bool:
    kinds = (narrow.get("type"), wide.get("type"))
    return kinds[1] is None or kinds[0] == kinds[1] or kinds == ("integer", "number")


def _values_narrowed(old: Json, new: Json, where: str) -> Iterator[str]:
    if "enum" in new:
        gone = [value for value in old.get("enum", ["any other"]) if value not in new["enum"]]
        if gone:
            yield f"{where} refuses {', '.join(map(str, gone))}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{where} must match {new['pattern']}"
    for bound in LOWER_BOUNDS:
        if bound in new and new[bound] > old.get(bound, float("-inf")):
            yield f"{where} has the {bound} {new[bound]}"
    for bound in UPPER_BOUNDS:
        if bound in new and new[bound] < old.get(bound, float("inf")):
            yield f"{where} has the {bound} {new[bound]}"


def _unseen(schema: Json, seen: frozenset[str]) -> bool:
    return schema.get("$ref") not in seen


def _with(schema: Json, seen: frozenset[str]) -> frozenset[str]:
    return seen | {schema["$ref"]} if "$ref" in schema else seen
