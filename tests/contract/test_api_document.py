"""docs/api.md is true: its code is the code that is tested, and its calls are those of the OpenAPI document."""

import re
from pathlib import Path

import pytest
from aik_gateway.api.app import contract

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "api.md").read_text()
TYPESCRIPT = Path(__file__).parent / "typescript"


@pytest.mark.parametrize("name", ["uppy.ts", "sse.ts", "webhook.ts"])
def test_the_code_that_is_shown_is_the_code_that_is_compiled_and_run(name: str) -> None:
    assert f"```ts\n{(TYPESCRIPT / name).read_text()}```" in DOCUMENT


def test_the_adapter_of_uppy_has_about_thirty_lines() -> None:
    assert len((TYPESCRIPT / "uppy.ts").read_text().splitlines()) <= 40


def test_every_call_is_in_the_tables() -> None:
    shown = set(re.findall(r"^\| `([A-Z]+ /v1/[^` ]*)`", DOCUMENT, re.MULTILINE))
    there = {
        f"{method.upper()} {path}" for path, item in contract()["paths"].items() for method in item if method != "head"
    }
    assert shown == there


def test_every_test_that_is_said_to_prove_a_sentence_exists() -> None:
    """docs/contract-tests.md: `file::test`."""
    named = re.findall(r"`([\w/.]+\.py)::(\w+)`", (ROOT / "docs" / "contract-tests.md").read_text())
    assert len(named) > 100
    missing = [f"{file}::{test}" for file, test in named if f"def {test}(" not in (ROOT / file).read_text()]
    assert missing == []
