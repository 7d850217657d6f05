"""The command `aik-events`, as far as it needs no Kafka."""

from pathlib import Path

from aik_events.cli import app
from aik_events.schemas import schema_files
from typer.testing import CliRunner


def test_schemas_are_written_and_then_current(tmp_path: Path) -> None:
    first = CliRunner().invoke(app, ["schemas", "write", str(tmp_path)])
    names = [name for name, _ in schema_files()]
    assert (first.exit_code, first.output.splitlines()) == (0, [f"wrote {tmp_path / name}" for name in names])
    again = CliRunner().invoke(app, ["schemas", "write", str(tmp_path)])
    assert (again.exit_code, again.output) == (0, f"{tmp_path} is current\n")


def test_a_story_without_kafka_ends_with_a_sentence() -> None:
    told = CliRunner().invoke(app, ["story", "trk_1"], env={"AIK_KAFKA": "127.0.0.1:1"})
    assert told.exit_code == 1
    assert told.output.startswith("Kafka at 127.0.0.1:1 is not available: ")
