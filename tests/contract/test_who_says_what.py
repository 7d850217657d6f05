"""Which service appends which event: what the catalogue says, and the documents with it, is what the code does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from aik_events.catalogue import EVENTS
from aik_events.topics import STEP_SERVICES

ROOT = Path(__file__).parents[2]
SERVICES = sorted(folder.name for folder in (ROOT / "services").iterdir() if (folder / "src").is_dir())
EVENT_NAMES = {event.__name__ for event in EVENTS if "operator" not in event.SAID_BY}
"""People's are appended by commands that any service may have."""


def made(folder: Path) -> Iterator[str]:
    """The events that are made there, outside of testing kits: `Event(meta=…)`, or named as a step's result."""
    for file in folder.rglob("*.py"):
        if "testing" not in file.parts:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield from _made(node)


def _made(call: ast.Call) -> Iterator[str]:
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    if isinstance(call.func, ast.Name) and call.func.id in EVENT_NAMES and "meta" in named:
        yield call.func.id
    result = named.get("result")
    if isinstance(result, ast.Name) and result.id in EVENT_NAMES:
        yield result.id


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_appends_what_the_catalogue_says(service: str) -> None:
    shared = ROOT / "libs" / "aik_service" / "src"
    done = {*made(ROOT / "services" / service / "src"), *(made(shared) if service in STEP_SERVICES else ())}
    said = {event.__name__ for event in EVENTS if service in event.SAID_BY}
    assert done == said


def test_every_event_is_appended_by_somebody_there_is() -> None:
    assert {who for event in EVENTS for who in event.SAID_BY} == {*SERVICES, "operator"}
