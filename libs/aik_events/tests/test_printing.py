"""Nothing that a record says is a command to the terminal, or a line of its own."""

import json
from dataclasses import replace
from io import StringIO
from unicodedata import category

import pytest
from aik_events.cli.entries import show as show_entry
from aik_events.cli.find import sum_up
from aik_events.cli.printing import counted, echo, in_lines, one_line
from aik_events.cli.state import print_state
from aik_events.cli.step import print_moment
from aik_events.cli.story import print_rows
from aik_events.cli.verify import print_report
from aik_events.envelope import Partition, headers_of, value_of
from aik_events.stored import Stored
from aik_events.telling.entries import entry_of
from aik_events.telling.stepping import moments
from aik_events.telling.story import story
from aik_events.telling.verifying import Report, check_history
from aik_events.testing.author import Author
from aik_events.topics import TRACKS
from rich.console import Console

SPOILT = "\x1b]0;owned\x07\x1b[2J\x9b2J\r\n9999-01-01 forged\u202e\u2028\x00\x7f"
AUTHOR = Author("trk_\x9b2J\u202e")
"""An event's key may have such characters, and a record's any."""
TITLED = AUTHOR.imported(title=f"Title {SPOILT}".replace("\x00", ""))


def stored(offset: int, value: bytes, headers: dict[str, bytes]) -> Stored:
    return Stored(Partition(TRACKS, 0), offset, 5, AUTHOR.track.encode(), value, tuple(headers.items()))


POISON = stored(
    7,
    json.dumps({"trackId": SPOILT, "step": SPOILT, SPOILT: [SPOILT]}).encode(),
    {
        name: SPOILT.encode()
        for name in ("ce_type", "ce_id", "ce_time", "aik_clientid", "aik_causationid", "traceparent", SPOILT)
    },
)
READABLE = stored(6, value_of(TITLED), headers_of(TITLED))


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=200, highlight=False)


def printed(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def is_harmless(text: str) -> bool:
    odd = {each for each in text if category(each) in ("Cc", "Zl", "Zp", "Cs") or each == "\u202e"}
    return bool(text) and odd <= {"\n"} and not any(line.startswith("9999-01-01") for line in text.split("\n"))


def test_characters_are_shown_that_would_do_something() -> None:
    assert one_line("a\x1b[2J\n\x9b\u202e\ud800b") == "a\\u001b[2J\\u000a\\u009b\\u202e\\ud800b"
    assert in_lines(["a\nb", "c"]) == "a\\u000ab\nc"
    assert one_line("Ёлка «ß» 日本 👩‍🎤") == "Ёлка «ß» 日本 👩‍🎤"


def test_one_of_a_thing_is_no_plural() -> None:
    assert [counted(count, "track") for count in (0, 1, 2)] == ["0 tracks", "1 track", "2 tracks"]
    assert [counted(count, "thing is", "things are") for count in (1, 2)] == ["1 thing is", "2 things are"]


def test_json_says_the_same_with_them_shown(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"title": SPOILT, "of": ["\ud800"]}
    echo(json.dumps(document, ensure_ascii=False, indent=2))
    told = capsys.readouterr().out
    assert is_harmless(told)
    assert json.loads(told) == document


@pytest.mark.parametrize("body", [False, True])
def test_a_record_in_one_line(console: Console, capsys: pytest.CaptureFixture[str], body: bool) -> None:
    entry = entry_of(replace(POISON, key=SPOILT.encode()))
    show_entry(console, entry, as_json=False, body=body)
    assert is_harmless(printed(console))
    show_entry(console, entry, as_json=True, body=body)
    told = capsys.readouterr().out
    assert is_harmless(told)
    assert json.loads(told)["key"] == SPOILT


def test_the_tracks_that_were_found(console: Console) -> None:
    sum_up(console, {SPOILT: 3})
    assert is_harmless(printed(console))


def test_a_story(console: Console) -> None:
    print_rows(console, AUTHOR.track, story(AUTHOR.track, [READABLE.record, POISON.record]))
    assert is_harmless(printed(console))
    assert "title: Title \\u001b]0;owned" in printed(console)


def test_steps(console: Console) -> None:
    for moment in moments(AUTHOR.track, [READABLE.record, POISON.record]):
        print_moment(console, moment, 1, 2)
    assert is_harmless(printed(console))


def test_a_state(console: Console) -> None:
    print_state(console, AUTHOR.track, [READABLE.record, POISON.record])
    assert is_harmless(printed(console))


def test_what_is_wrong_with_a_log(console: Console) -> None:
    report = Report()
    check_history(report, [READABLE, POISON], lambda asset: True, 0)
    assert report.findings
    print_report(console, report)
    assert is_harmless(printed(console))
