"""What an operator is shown of held records: what they say as text, and nothing of it as a command to the terminal."""

import json
from datetime import UTC, datetime

import pytest
from aik_events.envelope import Partition, Record
from aik_events.topics import TRACKS
from aik_service.dead import text
from aik_service.dead.held_records import Dead, Shown
from aik_service.dead.plan import Plan, Tried
from aik_service.holds import Hold
from aik_service.inbox import Redriven
from aik_service.testing.spoilt import SPOILT, is_harmless

HEADERS = {"ce_type": SPOILT.encode(), SPOILT: SPOILT.encode(), "odd": b"\xff\x1b"}
BODY = json.dumps({"title": SPOILT, "half": "\ud800"}).encode()
PLAN = Plan(
    key=SPOILT,
    topic=TRACKS,
    partition=0,
    folded=1,
    held=1,
    records=(
        Tried(offset=7, type=SPOILT, outcome="rejected", detail=SPOILT),
        Tried(offset=8, type=SPOILT, outcome="undecodable", detail=SPOILT),
    ),
)


def hold(value: bytes = BODY) -> Hold:
    return Hold(Record(Partition(TRACKS, 0), 7, SPOILT.encode(), value, HEADERS), SPOILT)


def test_a_list_is_harmless() -> None:
    time = datetime(2026, 11, 29, tzinfo=UTC)
    dead = Dead(key=SPOILT, topic=TRACKS, partition=0, offset=7, type=SPOILT, time=time, reason=SPOILT, waiting=2)
    told = text.listed([dead])
    assert is_harmless(told)
    assert told.count("\n") == 2
    assert told.endswith("    2 later records behind it")


@pytest.mark.parametrize("value", [BODY, SPOILT.encode(), b"\xff\x1b[2J"], ids=["JSON", "text", "bytes"])
def test_a_record_in_full_is_harmless(value: bytes) -> None:
    told = text.shown(Shown(hold(value), SPOILT, PLAN))
    assert is_harmless(told)
    assert f"value, {len(value)} bytes" in told


def test_the_lines_of_a_body_stay_lines() -> None:
    told = text.shown(Shown(Hold(Record(Partition(TRACKS, 0), 7, b"trk_1", b'{"a": 1}', {}), None), None, PLAN))
    assert 'value, 8 bytes\n    {\n      "a": 1\n    }\nit waits for an earlier record of its key\n' in told


def test_a_headline_is_one_harmless_line() -> None:
    assert is_harmless(text.headline(hold()))
    assert "\n" not in text.headline(hold())


def test_what_was_tried_is_harmless() -> None:
    assert is_harmless(text.planned([PLAN]))
    done = text.redriven([(PLAN, Redriven(Partition(TRACKS, 0), SPOILT.encode(), folded=1, held=1))])
    assert is_harmless(done)
    assert done.split("\n")[-1] == "1 folded, 1 still held"
    assert " folded, rejected: " in done
    assert " still held: " in done
    assert " would be folded, rejected: " in text.planned([PLAN])


def test_why_a_record_is_held_and_whether_it_decodes_now_are_both_said() -> None:
    record = Record(Partition(TRACKS, 0), 7, b"trk_1", b"{", {})
    ways = {
        ("old", None): ["held, since it did not decode", "    old", "it decodes with the code of this command"],
        ("old", "old"): ["held, since it did not decode", "    old"],
        ("old", "new"): [
            "held, since it did not decode",
            "    old",
            "it does not decode with the code of this command",
            "    new",
        ],
    }
    for (then, now), lines in ways.items():
        told = text.shown(Shown(Hold(record, then), now, PLAN)).split("\n")
        begin = told.index("    {") + 1
        assert told[begin : told.index("trying its key again")] == lines
