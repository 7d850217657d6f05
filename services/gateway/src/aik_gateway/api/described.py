"""What a route says of its answers in the OpenAPI document; what holds for every route is added in openapi.py."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any

from aik_gateway.problems import CODES

PROBLEMS = "x-problems"
"""The codes that a route may answer, on their way to openapi.py."""


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: the problems that it may answer besides those that any route may."""
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[CODES[code][0]].append(code)
    return {status: {"description": HTTPStatus(status).phrase, PROBLEMS: these} for status, these in by_status.items()}


def located(status: int) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route whose answer with this status names what it made in Location."""
    return {status: {"headers": {"Location": {"$ref": "#/components/headers/Location"}}}}
