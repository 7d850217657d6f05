"""The page as a file: what is in it, and that nothing but its own script can run; `make browser-check` looks at it."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

from aik_lyrics import Karaoke, Line, Word
from aik_lyrics.documents import Section, Singer
from aik_lyrics.exporters.html import to_html

SURE: dict[str, Any] = {"confidence": 0.6, "timing": "aligned"}
HEBREW = Line(
    id="c", text="שלום", start_ms=7_000, end_ms=8_000, words=(Word(id="c0", text="שלום", start_ms=7_000, end_ms=8_000),)
)
SONG = Karaoke(
    track_id="trk",
    version=1,
    language="en",
    duration_ms=9_000,
    singers=(Singer(id="s1", name="Ann"), Singer(id="s2")),
    sections=(
        Section(kind="verse", label="Verse 1", start_ms=0, end_ms=5_000),
        Section(kind="vocal", start_ms=5_000, end_ms=9_000),
    ),
    lines=(
        Line(id="m", text="", written="[Verse 1]", sung=False, words=()),
        Line(
            id="a",
            text="</script> maybe",
            start_ms=1_000,
            end_ms=2_000,
            singers=("s1",),
            words=(
                Word(id="a0", text="</script>", after=" ", start_ms=1_000, end_ms=1_500, **SURE),
                Word(id="a1", text="maybe", start_ms=1_500, end_ms=2_000, timing="derived"),
            ),
        ),
        Line(id="n", text="***", sung=False, words=(Word(id="n0", text="***"),)),
        Line(
            id="b",
            text="ooh",
            start_ms=3_000,
            end_ms=4_000,
            singers=("s2", "s1"),
            role="backing",
            language="fr",
            words=(Word(id="b0", text="ooh", start_ms=3_000, end_ms=4_000, confidence=0.59, timing="aligned"),),
        ),
        HEBREW,
    ),
)
PAGE = to_html(SONG, b"RIFF", "audio/mp4", title="<b>{{audio}}", artist="A & B")


class Elements(HTMLParser):
    """Every element of a page with its attributes and the text that it begins with, as a browser reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self._open = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))
        self._open = True

    def handle_endtag(self, tag: str) -> None:
        self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, attributes, text = self.found[-1]
            self.found[-1] = (tag, attributes, text + data)


def texts(page: str, tag: str, **attributes: str) -> list[str]:
    return [text for at, has, text in Elements(page).found if at == tag and attributes.items() <= has.items()]


def data(karaoke: Karaoke) -> Any:
    """What the page's script reads."""
    [song] = texts(to_html(karaoke, b"", "audio/mp4"), "script", id="song")
    return json.loads(song)


def test_the_page_shows_title_and_artist_as_they_are_written() -> None:
    assert texts(PAGE, "title") == ["<b>{{audio}} – A & B"]
    assert texts(PAGE, "h1") + texts(PAGE, "p", id="artist") == ["<b>{{audio}}", "A & B"]
    assert texts(to_html(SONG, b"", "audio/mp4"), "title") == ["Karaoke"]


def test_the_page_holds_the_audio_and_names_no_other_file() -> None:
    loaded = [value for _, has, _ in Elements(PAGE).found for name, value in has.items() if name in {"src", "href"}]
    assert loaded == ["data:audio/mp4;base64,UklGRg=="]
    assert not re.search(r"https?://|url\(|@import", PAGE)


def test_nothing_runs_but_the_pages_own_script_and_style() -> None:
    """Lyrics can be no script: its hash is not theirs."""
    [policy] = [has["content"] or "" for _, has, _ in Elements(PAGE).found if "http-equiv" in has]
    [style], [script] = texts(PAGE, "style"), texts(PAGE, "script", type="module")
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (style, script)]
    assert policy.split("; ") == [
        "default-src 'none'",
        "media-src data:",
        f"style-src 'sha256-{hashes[0]}'",
        f"script-src 'sha256-{hashes[1]}'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert PAGE.count("<script") == PAGE.count("</script>") == 2
    assert not [name for _, has, _ in Elements(PAGE).found for name in has if name.startswith("on") or name == "style"]


def test_the_same_song_is_the_same_page() -> None:
    again = Karaoke.from_json(SONG.to_json())
    assert to_html(again, b"RIFF", "audio/mp4", title="<b>{{audio}}", artist="A & B") == PAGE


def test_the_script_reads_the_names_of_karaoke_json_without_what_is_empty() -> None:
    assert data(SONG) == {
        "durationMs": 9_000,
        "singers": ["Ann", "s2"],
        "sections": [
            {"kind": "verse", "label": "Verse 1", "startMs": 0, "endMs": 5_000},
            {"kind": "vocal", "label": "Vocal", "startMs": 5_000, "endMs": 9_000},
        ],
        "lines": [
            {"mark": "Verse 1", "dir": "ltr"},
            {
                "dir": "ltr",
                "startMs": 1_000,
                "endMs": 2_000,
                "voices": [0],
                "who": "Ann",
                "words": [
                    {"text": "</script>", "after": " ", "startMs": 1_000, "endMs": 1_500},
                    {"text": "maybe", "startMs": 1_500, "endMs": 2_000, "unsure": True},
                ],
            },
            {"dir": "ltr", "words": [{"text": "***"}]},
            {
                "dir": "ltr",
                "language": "fr",
                "startMs": 3_000,
                "endMs": 4_000,
                "voices": [1, 0],
                "who": "s2 & Ann",
                "backing": True,
                "words": [{"text": "ooh", "startMs": 3_000, "endMs": 4_000, "unsure": True}],
            },
            {
                "dir": "rtl",
                "startMs": 7_000,
                "endMs": 8_000,
                "words": [{"text": "שלום", "startMs": 7_000, "endMs": 8_000, "rtl": True}],
            },
        ],
    }


def test_a_line_names_its_singers_where_they_are_not_those_of_the_sung_line_before() -> None:
    first, second = SONG.lines[1], SONG.lines[3]
    lines = data(SONG.model_copy(update={"lines": (first, SONG.lines[2], first, second, HEBREW, second)}))["lines"]
    assert [line.get("who") for line in lines] == ["Ann", None, None, "s2 & Ann", None, "s2 & Ann"]


def test_the_direction_that_a_line_says_goes_before_that_of_its_letters() -> None:
    turned = HEBREW.model_copy(update={"dir": "ltr"})
    assert [line["dir"] for line in data(SONG.model_copy(update={"lines": (HEBREW, turned)}))["lines"]] == [
        "rtl",
        "ltr",
    ]


def test_a_mark_with_a_name_is_a_heading_and_a_sign_a_line_that_nobody_sings() -> None:
    written = ["[Chorus]", "Припев:", "(Solo 2)", "♪", "[...]", None]
    marks = tuple(Line(id=str(n), text="", written=mark, sung=False, words=()) for n, mark in enumerate(written))
    assert data(SONG.model_copy(update={"lines": marks}))["lines"] == [
        {"mark": "Chorus", "dir": "ltr"},
        {"mark": "Припев", "dir": "ltr"},
        {"mark": "Solo 2", "dir": "ltr"},
        {"dir": "ltr", "words": [{"text": "♪"}]},
        {"dir": "ltr", "words": [{"text": "[...]"}]},
        {"dir": "ltr"},
    ]
