"""What a developer may do to the catalogue that `aik-events schemas check` does not let through, and what it says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

LIBRARY = Path(__file__).parents[2] / "libs" / "aik_events"
CHECK = """
import sys
from aik_events.cli import app
folder, *more = sys.argv[1:]
app(["schemas", "write", folder], standalone_mode=False)
app(["schemas", "check", folder, *more])
"""
Check = Callable[..., tuple[int, list[str]]]


class Edit(NamedTuple):
    """Of one file of the catalogue: what stood there, and what stands there now."""

    file: str
    old: str
    new: str


REASON = '    reason: Literal["aborted", "expired"]\n'
PROGRESS = "    share: float\n"
SEPARATED = '    TYPE = "track.separated"\n'
DURATION = "    duration_ms: int\n"

SPOILED = {
    "a field is removed": (
        [Edit("catalogue/assets.py", '    etag: str\n    """The object store\'s ETag of the object."""\n', "")],
        [
            "asset.uploaded v1, etag: it is gone, but readers of the last release demand it. "
            "Keep it as it is, or make version 2 with an upcaster. [field-removed]"
        ],
    ),
    "a field that old records may have is removed": (
        [Edit("catalogue/jobs.py", "    duration_ms: int | None = None\n", "    # duration_ms went\n")],
        [
            "job.step_started v1, durationMs: it is gone, but what records that were written before say there is lost. "
            "Keep it as it is, or make version 2 with an upcaster. [field-removed]"
        ],
    ),
    "a field is renamed": (
        [Edit("catalogue/results.py", DURATION, "    length_ms: int\n")],
        [
            "track.separated v1, durationMs: it is gone, but readers of the last release demand it. "
            "Keep it as it is, or make version 2 with an upcaster. [field-removed]",
            "track.separated v1, lengthMs: it is new and required, but records that were written before have none. "
            "Give it a default, or make version 2 with an upcaster. [field-added-required]",
        ],
    ),
    "a required field is added": (
        [Edit("catalogue/progress.py", PROGRESS, f"    worker: str\n{PROGRESS}")],
        [
            "step.progressed v1, worker: it is new and required, but records that were written before have none. "
            "Give it a default, or make version 2 with an upcaster. [field-added-required]"
        ],
    ),
    "a field with a default becomes required": (
        [Edit("catalogue/jobs.py", "    accept_qc: bool = False\n", "    accept_qc: bool\n")],
        [
            "job.retried v1, acceptQc: it is required now, but records that were written before may have none. "
            "Keep its default, or make version 2 with an upcaster. [field-made-required]"
        ],
    ),
    "a default means something else": (
        [Edit("catalogue/tracks.py", "    priority: int = 0\n", "    priority: int = 10\n")],
        [
            "track.imported v1, priority: its default is 10, no longer 0, which is what records without it mean. "
            "Keep it as it is, or make version 2 with an upcaster. [default-changed]"
        ],
    ),
    "an enum is narrowed": (
        [Edit("catalogue/assets.py", REASON, '    reason: Literal["expired"]\n')],
        [
            "asset.upload_aborted v1, reason: it may not be \"aborted\" any more, but records that were written before "
            "may be. Keep it as it is, or make version 2 with an upcaster. [values-narrowed]"
        ],
    ),
    "an enum is widened, which old readers refuse": (
        [Edit("catalogue/assets.py", REASON, '    reason: Literal["aborted", "expired", "lost"]\n')],
        [
            "asset.upload_aborted v1, reason: it may be \"lost\" now, but readers of the last release refuse that. "
            "Keep it as it is, or make version 2 with an upcaster. [values-widened]"
        ],
    ),
    "a type is narrowed": (
        [Edit("catalogue/progress.py", PROGRESS, "    share: int\n")],
        [
            "step.progressed v1, share: it may not be number any more, but records that were written before may be. "
            "Keep it as it is, or make version 2 with an upcaster. [type-narrowed]"
        ],
    ),
    "a value that every result carries is bounded": (
        [Edit("catalogue/jobs.py", "    run: int\n", "    run: Annotated[int, Field(ge=0)]\n"),
         Edit("catalogue/jobs.py", "from typing import ClassVar\n",
              "from typing import Annotated, ClassVar\nfrom pydantic import Field\n")],
        [
            f"{event} v1, run: its minimum is 0, no longer absent, but records that were written before may be beyond. "
            "Keep it as it is, or make version 2 with an upcaster. [limit-tightened]"
            for event in ("job.step_started", "job.step_failed", "job.failed", "track.separated", "track.transcribed",
                          "track.aligned", "track.checked", "track.published")
        ],
    ),
    "an event is removed": (
        [Edit("catalogue/__init__.py", "    StepProgressed,\n)", ")")],
        [
            "step.progressed v1: the event is gone, but records of it are in the log. "
            "Keep its class: append it no more, but read it. [event-removed]"
        ],
    ),
    "a version is raised without an upcaster": (
        [Edit("catalogue/results.py", SEPARATED, f"{SEPARATED}    VERSION = 2\n")],
        [
            "track.separated v1: it does not decode any more, but records of it are in the log. "
            "Add the upcaster from version 1 to UPCASTERS of the newest class. [version-removed]"
        ],
    ),
    "an event moves to another topic": (
        [Edit("catalogue/progress.py", "topics.PROGRESS", "topics.TRACKS")],
        [
            "step.progressed v1: it lies in aik.tracks, no longer in aik.progress, where its readers and its key's "
            "order are. Keep the topic; what belongs elsewhere is another event. [topic-changed]"
        ],
    ),
    "a topic gets more partitions": (
        [Edit("topics.py", '"track id",\n        12,', '"track id",\n        24,')],
        [
            "topic aik.tracks: it has 24 partitions, no longer 12: keys move, and their records lose their order. "
            "Keep the number; a new topic may have another. [partitions-changed]"
        ],
    ),
}  # fmt: skip

HARMLESS = {
    "nothing": [],
    "an optional field": [Edit("catalogue/progress.py", PROGRESS, f"{PROGRESS}    worker: str | None = None\n")],
    "another description": [Edit("catalogue/progress.py", "0…1 of the step's work.", "What is done.")],
    "a new event": [
        Edit("catalogue/progress.py", "class StepProgressed(Event):",
             'class StepPaused(Event):\n    TYPE = "step.paused"\n    TOPIC = topics.PROGRESS\n'
             '    SAID_BY = topics.STEP_SERVICES\n\n\nclass StepProgressed(Event):'),
        Edit("catalogue/__init__.py", "import StepProgressed\n", "import StepPaused, StepProgressed\n"),
        Edit("catalogue/__init__.py", "    StepProgressed,\n)", "    StepPaused,\n    StepProgressed,\n)"),
    ],
    "a new version with an upcaster": [
        Edit("catalogue/results.py", SEPARATED, f"{SEPARATED}    VERSION = 2\n    UPCASTERS = (lambda old: old,)\n"),
        Edit("catalogue/results.py", DURATION, "    length_ms: int\n"),
    ],
}  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A copy of the library that may be spoiled."""
    return Path(shutil.copytree(LIBRARY, tmp_path / "aik_events", ignore=shutil.ignore_patterns("__pycache__")))


@pytest.fixture
def check(library: Path) -> Check:
    """Writes the schemas of the copy and checks them; gives exit status and lines."""

    def check(*edits: Edit) -> tuple[int, list[str]]:
        for edit in edits:
            file = library / "src" / "aik_events" / edit.file
            text = file.read_text("utf-8")
            assert edit.old in text
            file.write_text(text.replace(edit.old, edit.new), "utf-8")
        command = [sys.executable, "-c", CHECK, str(library / "schemas")]
        command += ["--released", str(library / "released.json")]
        environment = {**os.environ, "PYTHONPATH": str(library / "src")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        assert done.stderr == ""
        return done.returncode, [line for line in done.stdout.splitlines() if "schemas" not in line]

    return check


@pytest.mark.parametrize(("edits", "messages"), SPOILED.values(), ids=SPOILED)
def test_a_spoiled_catalogue_is_caught_with_a_message(edits: list[Edit], messages: list[str], check: Check) -> None:
    count = "1 change" if len(messages) == 1 else f"{len(messages)} changes"
    assert check(*edits) == (1, [*messages, f"{count} must not be released."])


@pytest.mark.parametrize("edits", HARMLESS.values(), ids=HARMLESS)
def test_what_harms_nobody_is_let_through(edits: list[Edit], check: Check) -> None:
    assert check(*edits) == (0, ["The catalogue keeps release 0.1.0: 28 event versions."])


def test_a_released_schema_is_not_edited(library: Path, check: Check) -> None:
    """Neither where it was released, nor the file of a version that has no class any more."""
    released = json.loads((library / "released.json").read_text("utf-8"))
    first = next(one for one in released["versions"] if one["event"] == "step.progressed")
    first["schema"]["required"].remove("share")
    (library / "released.json").write_text(json.dumps(released), "utf-8")
    file = library / "schemas" / "track.separated.v1.json"
    file.write_text(file.read_text("utf-8").replace("integer", "number"), "utf-8")
    assert check(*HARMLESS["a new version with an upcaster"]) == (1, [
        "step.progressed v1: its schema in the release is not what was released. "
        "Take the file back from version control. [schema-edited]",
        "step.progressed v1, share: it is required now, but records that were written before may have none. "
        "Keep its default, or make version 2 with an upcaster. [field-made-required]",
        "track.separated v1: its file is not what was released. Take the file back from version control. "
        "[schema-edited]",
        "3 changes must not be released.",
    ])  # fmt: skip
