"""What a rebuild prints of rows: what tenants wrote in them, as text."""

import json
from datetime import UTC, datetime

import pytest
from aik_gateway.private.tables import Generation
from aik_gateway.rebuild.comparing import Compared, Difference, TableDiff
from aik_gateway.rebuild.showing import compared, replayed
from aik_service.testing.spoilt import SPOILT, is_harmless

BEGUN = datetime(2026, 11, 29, tzinfo=UTC)
MARKUP = "Love [/b]"


def generation(name: str) -> Generation:
    return Generation(name=name, family="f", state="served", projection=1, begun_at=BEGUN, fingerprint="")


def found(title: str) -> Compared:
    shown = (
        Difference("track", {"id": title}, None, {"title": (title, "Hate"), "facts": ({"by": title}, {"by": None})}),
        Difference("track", {"id": "trk_2"}, "served", {}),
    )
    return Compared(generation("a"), generation("b"), 5, 0, [TableDiff("track", 3, 2, shown)], ["track.year"], 1)


@pytest.mark.parametrize("as_json", [False, True], ids=["tables", "JSON"])
def test_what_differs_is_harmless(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    compared(found(SPOILT), as_json=as_json)
    assert is_harmless(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (None, "the whole log is"),
        (["trk_1"], "the log of trk_1 is"),
        (["trk_1", "trk_2"], "the log of 2 aggregates is"),
    ],
)
def test_what_was_replayed_is_told_to_people_and_to_programs(chosen: list[str] | None, words: str) -> None:
    assert replayed("box", "s_box", chosen, as_json=False).startswith(f"{words} folded into s_box: ")
    told = json.loads(replayed("box", "s_box", chosen, as_json=True))
    assert told == {"sandbox": "box", "schema": "s_box", "aggregates": chosen}


def test_a_title_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    compared(found(MARKUP), as_json=False)
    told = capsys.readouterr().out
    assert "Love" in told
    assert "[/b]" in told


def test_json_means_what_the_rows_have(capsys: pytest.CaptureFixture[str]) -> None:
    compared(found(SPOILT), as_json=True)
    [table] = json.loads(capsys.readouterr().out)["tables"]
    assert table["shown"] == [
        {
            "key": {"id": SPOILT},
            "onlyIn": None,
            "columns": {
                "title": {"served": SPOILT, "other": "Hate"},
                "facts": {"served": {"by": SPOILT}, "other": {"by": None}},
            },
        },
        {"key": {"id": "trk_2"}, "onlyIn": "served", "columns": {}},
    ]
