"""The OpenAPI document: up to date, whole, and never a surprise for a client that exists."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from aik_gateway.api.app import contract
from aik_gateway.problems import CODES

from tests.contract.openapi_changes import METHODS, alternatives, breaks

DOCS = Path(__file__).parents[2] / "docs"
CHANGELOG = DOCS.parent / "CHANGELOG.md"
CONTRACT = contract()
RELEASED = json.loads((DOCS / "openapi-released.json").read_text())
OPERATIONS = {
    f"{method.upper()} {path}": item[method]
    for path, item in CONTRACT["paths"].items()
    for method in METHODS
    if method in item
}


def test_the_committed_document_is_up_to_date() -> None:
    assert json.loads((DOCS / "openapi.json").read_text()) == json.loads(json.dumps(CONTRACT)), "run make openapi"


def test_what_breaks_a_client_is_in_the_changelog() -> None:
    """A line that begins with `- Breaking:` in the newest section, and names the operation as this test does."""
    newest = CHANGELOG.read_text().split("\n## ")[1]
    told = [line for line in newest.replace("\n  ", " ").splitlines() if line.startswith("- Breaking:")]
    untold = [one for one in breaks(RELEASED, CONTRACT) if not any(one.split(": ")[0] in line for line in told)]
    assert untold == []


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_operation_is_whole(operation: dict[str, Any]) -> None:
    """A name, a description, one tag; and every body has an example and every problem its codes."""
    assert operation["operationId"].isidentifier()
    assert operation["description"].endswith(".")
    assert len(operation["tags"]) == 1
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    media = [(kind, one) for body in bodies for kind, one in body.get("content", {}).items()]
    assert [one for kind, one in media if kind == "application/json" and "example" not in one] == []
    for status, answer in operation["responses"].items():
        assert answer["description"]
        assert "traceparent" in answer["headers"]
        for problem in answer.get("content", {}).values() if status >= "400" else ():
            codes = problem["schema"]["allOf"][1]["properties"]["code"]["enum"]
            assert {str(CODES[code][0]) for code in codes} == {status}
            assert list(problem["examples"]) == codes


def test_every_operation_has_a_name_of_its_own() -> None:
    assert len({operation["operationId"] for operation in OPERATIONS.values()}) == len(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_every_example_is_what_its_schema_says(operation: dict[str, Any]) -> None:
    bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
    for media in (one for body in bodies for one in body.get("content", {}).values()):
        schema = {**media["schema"], "components": CONTRACT["components"]}
        named = [CONTRACT["components"]["examples"][code]["value"] for code in media.get("examples", ())]
        for example in [media["example"]] if "example" in media else named:
            jsonschema_rs.validate(schema, example)


def test_every_reference_has_a_target() -> None:
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(CONTRACT))):
        target: Any = CONTRACT
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_every_code_is_an_answer_of_some_operation() -> None:
    answered = {
        code
        for operation in OPERATIONS.values()
        for answer in operation["responses"].values()
        for media in answer.get("content", {}).values()
        for code in media.get("examples", ())
    }
    # A path that is none, and a method that it does not have, belong to no operation.
    assert CODES.keys() - answered == {"method-not-allowed"}


def changed(path: str, *, to: Any = None) -> dict[str, Any]:
    """The document with what is at this path replaced; or gone, without `to`."""
    document = copy.deepcopy(SMALL)
    *parts, last = path.split(" ")
    target: Any = document
    for part in parts:
        target = target[int(part)] if isinstance(target, list) else target[part]
    if to is None:
        del target[last]
    else:
        target[last] = to
    return document


JOB: dict[str, Any] = {
    "type": "object",
    "required": ["id", "percent"],
    "properties": {
        "id": {"type": "string"},
        "percent": {"type": "integer"},
        "failure": {"anyOf": [{"$ref": "#/components/schemas/Failure"}, {"type": "null"}]},
    },
}
ORDER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["size"],
    "properties": {
        "size": {"type": "number", "maximum": 9},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "names": {"type": "array", "items": {"type": "string"}},
    },
}
SMALL = {
    "paths": {
        "/jobs": {
            "post": {
                "operationId": "makeJob",
                "parameters": [{"in": "query", "name": "limit", "required": False, "schema": {"type": "integer"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}},
                "responses": {
                    "200": {
                        "headers": {"ETag": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Job"}}},
                    },
                    "404": {},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Job": JOB,
            "Order": ORDER,
            "Failure": {"type": "object", "required": ["code"], "properties": {"code": {"type": "string"}}},
        }
    },
}
POST = "paths /jobs post"
SCHEMAS = "components schemas"


@pytest.mark.parametrize(
    ("new", "what"),
    [
        (changed("paths /jobs"), "it is gone"),
        (changed(POST), "it is gone"),
        (changed(f"{POST} operationId", to="create"), "generated clients call it create, no longer makeJob"),
        (changed(f"{POST} responses 404"), "it no longer answers 404"),
        (changed(f"{POST} responses 200 headers ETag"), "200 has no header ETag"),
        (changed(f"{POST} responses 200 content", to={"text/plain": {}}), "200 is no longer application/json"),
        (changed(f"{POST} parameters 0 required", to=True), "the query parameter limit is required now"),
        (changed(f"{POST} parameters 0 name", to="most"), None),
        (changed(f"{POST} parameters 0 schema type", to="boolean"), "query limit must be boolean, no longer integer"),
        (changed(f"{POST} parameters 0 schema maximum", to=100), "query limit has the maximum 100"),
        (changed(f"{POST} requestBody required", to=True), "a body is required now"),
        (changed(f"{SCHEMAS} Order required", to=["size", "kind"]), "body.kind is required now"),
        (changed(f"{SCHEMAS} Order required", to=[]), None),
        (changed(f"{SCHEMAS} Order properties kind"), "body.kind is refused"),
        (changed(f"{SCHEMAS} Order properties kind enum", to=["a"]), "body.kind refuses b"),
        (changed(f"{SCHEMAS} Order properties kind enum", to=["a", "b", "c"]), None),
        (changed(f"{SCHEMAS} Order properties kind pattern", to="^a"), "body.kind must match ^a"),
        (changed(f"{SCHEMAS} Order properties size type", to="integer"), "body.size must be integer, no longer number"),
        (changed(f"{SCHEMAS} Order properties size maximum", to=8), "body.size has the maximum 8"),
        (changed(f"{SCHEMAS} Order properties names items pattern", to="^a"), "body.names[] must match ^a"),
        (changed(f"{SCHEMAS} Order properties more", to={"type": "string"}), None),
        (changed(f"{SCHEMAS} Job properties percent"), "200.percent is gone"),
        (changed(f"{SCHEMAS} Job required", to=["id"]), "200.percent may be left out"),
        (changed(f"{SCHEMAS} Job properties percent type", to="number"), "200.percent is number, no longer integer"),
        (changed(f"{SCHEMAS} Job properties id type", to=["string", "null"]), "200.id is null, no longer string"),
        (changed(f"{SCHEMAS} Failure properties code"), "200.failure.code is gone"),
        (changed(f"{SCHEMAS} Job properties failure", to={"$ref": "#/components/schemas/Failure"}), None),
        (changed(f"{SCHEMAS} Job properties more", to={"type": "string"}), None),
    ],
)  # fmt: skip
def test_each_kind_of_break_is_found(new: dict[str, Any], what: str | None) -> None:
    assert breaks(SMALL, new) == ([] if what is None else [f"POST /jobs: {what}"])


def test_a_document_breaks_nothing_of_itself() -> None:
    assert breaks(CONTRACT, CONTRACT) == []


def test_a_schema_of_several_is_looked_at_one_by_one() -> None:
    found = alternatives(SMALL, JOB["properties"]["failure"])
    assert [one["type"] for one in found] == ["object", "null"]
