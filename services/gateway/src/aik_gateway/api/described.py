"""What a route may answer besides its result, for the OpenAPI document."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any

from aik_gateway.api.replies import ProblemBody
from aik_gateway.problems import CODES, Problem

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: each status that these codes have, with an example of each code."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[CODES[code][0]].append(code)
    return {status: _answer(status, these) for status, these in by_status.items()}


def _answer(status: int, codes: list[str]) -> dict[str, Any]:
    examples = {
        code: {"value": Problem(code).body(instance="/v1/…", trace_id=TRACE_ID), "summary": CODES[code][1]}
        for code in codes
    }
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": ProblemBody.model_json_schema(), "examples": examples}},
    }
