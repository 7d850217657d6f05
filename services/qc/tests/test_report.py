"""The report's schema is the one that is checked in."""

from pathlib import Path

from aik_qc.report import json_schema

SCHEMA = Path(__file__).parents[1] / "schemas" / "qc.v2.json"


def test_the_schema_that_is_checked_in_is_that_of_the_code() -> None:
    """Another shape is another version: write it beside this one by `python -m aik_qc.report`."""
    assert json_schema() == SCHEMA.read_text("utf-8")
