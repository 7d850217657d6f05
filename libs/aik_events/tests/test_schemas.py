"""The schemas that are checked in are those of the catalogue."""

from pathlib import Path

from aik_events.contract.schemas import schema_files, write

CHECKED_IN = Path(__file__).parents[1] / "schemas"


def test_the_schemas_that_are_checked_in_are_current() -> None:
    """If this fails: a schema that was published must not change; a new event version gets its own file."""
    current = dict(schema_files())
    assert {name: (CHECKED_IN / name).read_text("utf-8") for name in current} == current


def test_writing_says_what_it_wrote_and_does_nothing_the_second_time(tmp_path: Path) -> None:
    assert write(tmp_path / "schemas") == [name for name, _ in schema_files()]
    assert write(tmp_path / "schemas") == []


def test_the_meta_part_is_not_in_the_schemas() -> None:
    assert not any('"meta"' in text or '"Meta"' in text for _, text in schema_files())
