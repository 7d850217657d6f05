"""The OpenAPI document: what FastAPI knows of the routes, and what holds for all of them."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.alias_generators import to_camel
from pydantic.json_schema import models_json_schema

from aik_gateway.api.described import PROBLEMS
from aik_gateway.api.examples import examples
from aik_gateway.api.openapi_parts import ABOUT, HEADERS, SECURITY, SECURITY_SCHEMES, TAGS, TRACEPARENT
from aik_gateway.api.problem_replies import LateBody, ProblemBody
from aik_gateway.problems import CODES, Problem

Json = dict[str, Any]

REF = "#/components/schemas/{model}"
LATER = {"202", "425", "429", "503"}
"""Statuses that say when to ask again."""
OF_A_KEY = ("idempotency-key-invalid", "request-running", "idempotency-key-reused")
NO_EVENT = {"rotateSecret"}
"""Commands that change nothing in the log."""
OF_A_BODY = ("malformed-json", "bad-request", "body-too-large", "unsupported-media-type")


def described(app: FastAPI) -> FastAPI:
    """`app` with our document in place of FastAPI's."""
    made: list[Json] = []

    def once() -> Json:
        if not made:
            made.append(document(app))
        return made[0]

    app.openapi = once  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def document(app: FastAPI) -> Json:
    made = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=ABOUT,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=TAGS,
    )
    schemas = made["components"]["schemas"]
    _, more = models_json_schema([(model, "serialization") for model in (ProblemBody, LateBody)], ref_template=REF)
    schemas |= {name: schema for name, schema in more["$defs"].items() if name not in schemas}
    _without_titles(made["paths"])
    _without_titles(made["webhooks"])
    _without_titles(schemas)
    made["paths"] = {_camel(path): item for path, item in made["paths"].items()}
    for path, item in made["paths"].items():
        for method, operation in item.items():
            _describe(path, method, operation)
    for item in made["webhooks"].values():
        _describe_message(item["post"])
    parts = {"headers": HEADERS, "securitySchemes": SECURITY_SCHEMES, "examples": _problem_examples()}
    made["components"] |= parts
    return made


def _describe(path: str, method: str, operation: Json) -> None:
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        if parameter["in"] == "path":
            parameter["name"] = to_camel(parameter["name"])
        parameter["schema"] = _without_null(parameter["schema"])
    headers = {parameter["name"].lower() for parameter in parameters if parameter["in"] == "header"}
    answers: Json = operation["responses"]
    answers.pop("default", None)
    codes = [code for answer in answers.values() for code in answer.pop(PROBLEMS, ())]
    codes += _codes_of_every(operation, in_path="{" in path)
    if "idempotency-key" in headers:
        codes += OF_A_KEY
    if _appends(method, operation, headers):
        codes += ["outcome-unknown"]
        _add_late(answers)
    if "if-none-match" in headers:
        answers["304"] = {"description": "What the client has is still true"}
    by_status = _by_status(codes)
    for status, these in by_status.items():
        answers[status] = _problem(int(status), these)
    tagged = {"if-none-match": ("200", "304"), "if-match": ("201",)}
    with_tag = {status for name in headers for status in tagged.get(name, ())}
    for status, answer in answers.items():
        names = [*_headers_of(status, by_status.get(status, [])), *(["ETag"] if status in with_tag else [])]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names} | answer.get(
            "headers", {}
        )
        _exemplify(answer)
    _exemplify(operation.get("requestBody", {}))
    operation["responses"] = dict(sorted(answers.items()))
    operation["security"] = SECURITY


def _describe_message(operation: Json) -> None:
    """What a client answers: nothing that holds for our own answers."""
    for parameter in operation["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
    _exemplify(operation["requestBody"])


def _codes_of_every(operation: Json, *, in_path: bool) -> list[str]:
    """The problems that any request may end with, as far as this one can."""
    has_body = "requestBody" in operation
    asks = has_body or any(parameter["in"] == "query" for parameter in operation["parameters"])
    return [
        "client-id-required",
        *(code for code, (status, _) in CODES.items() if status in (401, 403, 429)),
        *(["not-found"] if in_path else []),
        *(OF_A_BODY if has_body else []),
        *(["validation-failed"] if asks else []),
        "internal",
        "unavailable",
    ]


def _by_status(codes: list[str]) -> dict[str, list[str]]:
    statuses = sorted({CODES[code][0] for code in codes})
    return {str(status): [code for code in CODES if code in codes and CODES[code][0] == status] for status in statuses}


def _problem(status: int, codes: list[str]) -> Json:
    one_of_them = {"type": "object", "required": ["code"], "properties": {"code": {"type": "string", "enum": codes}}}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {
            "application/problem+json": {
                "schema": {"allOf": [{"$ref": "#/components/schemas/ProblemBody"}, one_of_them]},
                "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
            }
        },
    }


def _problem_examples() -> Json:
    trace_id = TRACEPARENT.split("-")[1]
    return {
        code: {"summary": title, "value": Problem(code).body(instance="/v1/tracks/trk_1", trace_id=trace_id)}
        for code, (_, title) in CODES.items()
    }


def _appends(method: str, operation: Json, headers: set[str]) -> bool:
    """Whether it appends an event."""
    return (method == "delete" or "idempotency-key" in headers) and operation["operationId"] not in NO_EVENT


def _add_late(answers: Json) -> None:
    """A command may be in the log before anybody knows what becomes of it."""
    late = {"$ref": "#/components/schemas/LateBody"}
    answer = answers.setdefault("202", {"description": "It is in the log, and not judged yet: the ids"})
    media = answer.setdefault("content", {}).setdefault("application/json", {})
    media["schema"] = {"anyOf": [media["schema"], late]} if "schema" in media else late


def _headers_of(status: str, codes: list[str]) -> list[str]:
    names = ["traceparent", "RateLimit", "RateLimit-Policy"]
    if status in LATER or "request-running" in codes:
        names.append("Retry-After")
    if status == "401":
        names.append("WWW-Authenticate")
    return names


def _exemplify(described: Json) -> None:
    """An example for a body, by the name of its schema."""
    media = described.get("content", {}).get("application/json")
    if media is None:
        return
    schema = media["schema"]
    first = schema.get("anyOf", [schema])[0]
    name = first.get("$ref", "").rpartition("/")[2].removesuffix("-Input").removesuffix("-Output")
    if name in examples():
        media["example"] = examples()[name]


def _without_null(schema: Json) -> Json:
    """A parameter can be left out, but there is no null to send for it."""
    one, *others = [each for each in schema.get("anyOf", [{}]) if each != {"type": "null"}]
    return schema if others else {**{name: each for name, each in schema.items() if name != "anyOf"}, **one}


def _camel(path: str) -> str:
    """Names in the path are camelCase, as everywhere on the wire."""
    return "/".join("{" + to_camel(part[1:-1]) + "}" if part.startswith("{") else part for part in path.split("/"))


def _without_titles(node: object) -> None:
    """A title that only repeats the field's name becomes noise in a generated client."""
    if isinstance(node, dict):
        if isinstance(node.get("title"), str):
            del node["title"]
        for each in node.values():
            _without_titles(each)
    elif isinstance(node, list):
        for each in node:
            _without_titles(each)
