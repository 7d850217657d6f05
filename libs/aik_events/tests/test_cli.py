"""The command `aik-events`, as far as it needs no Kafka."""

import json
from pathlib import Path

from aik_events.cli import app
from aik_events.contract.schemas import schema_files
from typer.testing import CliRunner


def test_schemas_are_written_and_then_current(tmp_path: Path) -> None:
    first = CliRunner().invoke(app, ["schemas", "write", str(tmp_path)])
    names = [name for name, _ in schema_files()]
    assert (first.exit_code, first.output.splitlines()) == (0, [f"wrote {tmp_path / name}" for name in names])
    again = CliRunner().invoke(app, ["schemas", "write", str(tmp_path)])
    assert (again.exit_code, again.output) == (0, f"{tmp_path} is current\n")


def test_a_release_is_written_once_and_then_kept(tmp_path: Path) -> None:
    schemas, file = str(tmp_path / "schemas"), tmp_path / "released.json"
    CliRunner().invoke(app, ["schemas", "write", schemas])
    released = CliRunner().invoke(app, ["schemas", "release", "0.1.0", schemas, "--released", str(file)])
    assert (released.exit_code, released.output) == (0, f"wrote {file}\n")
    checked = CliRunner().invoke(app, ["schemas", "check", schemas, "--released", str(file)])
    assert (checked.exit_code, checked.output) == (0, "The catalogue keeps release 0.1.0: 28 event versions.\n")


def test_what_breaks_the_last_release_is_not_released(tmp_path: Path) -> None:
    schemas, file = str(tmp_path / "schemas"), tmp_path / "released.json"
    CliRunner().invoke(app, ["schemas", "write", schemas])
    CliRunner().invoke(app, ["schemas", "release", "0.1.0", schemas, "--released", str(file)])
    before = file.read_text("utf-8").replace('"aik.progress": 3', '"aik.progress": 4')
    file.write_text(before, "utf-8")
    refused = CliRunner().invoke(app, ["schemas", "release", "0.2.0", schemas, "--released", str(file)])
    what = "it has 3 partitions, no longer 4: keys move, and their records lose their order"
    instead = "Keep the number; a new topic may have another."
    expected = [f"topic aik.progress: {what}. {instead} [partitions-changed]", "1 change must not be released."]
    assert (refused.exit_code, refused.output.splitlines()) == (1, expected)
    assert file.read_text("utf-8") == before
    checked = CliRunner().invoke(app, ["schemas", "check", schemas, "--released", str(file), "--json"])
    finding = {"code": "partitions-changed", "event": None, "version": None, "topic": "aik.progress", "field": None}
    found = {"release": "0.1.0", "findings": [{**finding, "what": what, "instead": instead}]}
    assert (checked.exit_code, json.loads(checked.output)) == (1, found)


def test_schemas_that_are_not_written_again_are_stale(tmp_path: Path) -> None:
    schemas, file = tmp_path / "schemas", tmp_path / "released.json"
    CliRunner().invoke(app, ["schemas", "write", str(schemas)])
    CliRunner().invoke(app, ["schemas", "release", "0.1.0", str(schemas), "--released", str(file)])
    (schemas / "track.deleted.v1.json").write_text("{}")
    (schemas / "asset.removed.v1.json").unlink()
    checked = CliRunner().invoke(app, ["schemas", "check", str(schemas), "--released", str(file)])
    instead = "Run `aik-events schemas write`, and check in what it wrote. [schema-stale]"
    assert (checked.exit_code, checked.output.splitlines()) == (1, [
        f"asset.removed v1: its file is not what the code says. {instead}",
        f"track.deleted v1: its file is not what the code says. {instead}",
        "2 changes must not be released.",
    ])  # fmt: skip


def test_a_release_that_can_not_be_read_ends_with_a_sentence(tmp_path: Path) -> None:
    checked = CliRunner().invoke(app, ["schemas", "check", "--released", str(tmp_path / "none.json")])
    assert checked.exit_code == 1
    assert checked.output.startswith("The file of the last release can't be read: take it back from version control. (")


def test_the_documents_are_written_and_named(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    where = ["--schemas", str(root / "libs/aik_events/schemas"), "--golden", str(root / "tests/contract/golden")]
    files = [str(tmp_path / name) for name in ("asyncapi.json", "events.md")]
    told = CliRunner().invoke(app, ["asyncapi", str(tmp_path), *where])
    assert (told.exit_code, told.output.splitlines()) == (0, [f"wrote {file}" for file in files])
    told = CliRunner().invoke(app, ["asyncapi", str(tmp_path), *where, "--json"])
    assert (told.exit_code, json.loads(told.output)) == (0, {"wrote": files})
    told = CliRunner().invoke(app, ["asyncapi", str(tmp_path), "--golden", str(tmp_path)])
    assert told.exit_code == 1
    assert told.output.startswith("A version of an event has no schema or no golden bytes yet: write them first. (")


def test_a_story_without_kafka_ends_with_a_sentence() -> None:
    told = CliRunner().invoke(app, ["story", "trk_1"], env={"AIK_KAFKA": "127.0.0.1:1"})
    assert told.exit_code == 1
    assert told.output.startswith("Kafka at 127.0.0.1:1 is not available: ")
