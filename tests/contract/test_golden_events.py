"""Every event that was ever released still decodes, and today's events are still written as they were."""

from pathlib import Path

import pytest
from aik_events.catalogue import EVENTS
from aik_events.contract.release import read
from aik_events.contract.schemas import file_name
from aik_events.envelope import decode
from aik_events.testing.examples import examples
from aik_events.testing.golden import golden_of, record_of

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = {file_name(event.type, event.VERSION): event for event in examples()}


def test_every_event_of_the_catalogue_has_golden_bytes() -> None:
    assert {file_name(event.TYPE, event.VERSION) for event in EVENTS} <= {file.name for file in GOLDEN.iterdir()}


def test_every_version_that_was_ever_released_has_golden_bytes() -> None:
    released = read(GOLDEN.parents[2] / "libs" / "aik_events" / "released.json")
    assert {file_name(one.event, one.version) for one in released.versions} <= {file.name for file in GOLDEN.iterdir()}


@pytest.mark.parametrize("file", sorted(GOLDEN.iterdir()), ids=lambda file: file.stem)
def test_golden_bytes_decode(file: Path) -> None:
    event = decode(record_of(file.read_text("utf-8"), "aik.tracks"))
    assert file.name.startswith(f"{event.type}.v")


@pytest.mark.parametrize(("name", "event"), EXAMPLES.items(), ids=EXAMPLES)
def test_golden_bytes_mean_what_they_meant_and_are_written_as_they_were(name: str, event: object) -> None:
    golden = (GOLDEN / name).read_text("utf-8")
    decoded = decode(record_of(golden, "aik.tracks"))
    assert decoded == event
    assert golden_of(decoded) == golden
