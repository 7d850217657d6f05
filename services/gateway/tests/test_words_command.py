"""What `aik-gateway words` prints of a version: pure, from the state and the document."""

import pytest
import typer
from aik_events.testing.author import Author
from aik_events.track import Track
from aik_gateway.cli.words import document, headline, show, told, version_of
from aik_lyrics import Alignment, Karaoke, Line, Word
from aik_service.testing.spoilt import SPOILT, is_harmless


def line(*words: Word, text: str, start_ms: int | None = None, end_ms: int | None = None, sung: bool = True) -> Line:
    return Line(id=text, text=text, start_ms=start_ms, end_ms=end_ms, sung=sung, words=words)


FIRST = Word(id="1", text="It", start_ms=2440, end_ms=2750, confidence=0.994, timing="aligned")
SECOND = Word(id="2", text="always", start_ms=62_750, timing="derived")
MOVED = Word(id="3", text="seems", start_ms=63_000, end_ms=63_500, confidence=1.0, timing="manual")
SONG = Karaoke(
    track_id="trk_1",
    version=1,
    alignment=Alignment(engine="whisper-attention", coverage=0.98, confidence=0.9),
    lines=(
        line(text="[Chorus]", sung=False),
        line(FIRST, SECOND, MOVED, text="It always seems", start_ms=2440, end_ms=63_500),
        line(Word(id="4", text="new"), text="new"),
    ),
)


def state() -> Track:
    author = Author()
    author.imported(lyrics=True)
    author.published()
    author.edited()
    return author.state


def test_each_word_has_its_times_its_confidence_and_how_it_came_by_them() -> None:
    assert list(told(list(enumerate(SONG.lines, start=1)))) == [
        "  1  not sung           [Chorus]",
        "  2  0:02.440–1:03.500  It always seems",
        "     0:02.440–0:02.750  0.99  It",
        "     1:02.750–                always  (derived)",
        "     1:03.000–1:03.500  1.00  seems  (manual)",
        "  3  no times           new",
        "     no times                 new",
    ]


def test_the_head_says_which_version_it_is_and_how_it_was_aligned() -> None:
    one, two = state().versions
    about = "aligned by whisper-attention, coverage 0.98, confidence 0.9"
    assert headline(one, SONG) == f"version 1, published (import): {about}"
    assert headline(two, SONG.model_copy(update={"alignment": None})) == "version 2, draft (edit): not aligned"


def test_what_plays_is_shown_unless_another_version_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert [version_of(state(), number).number for number in (None, 1, 2)] == [1, 1, 2]
    with pytest.raises(typer.Exit):
        version_of(state(), 3)
    assert capsys.readouterr().err == "The track has the versions 1, 2, and no 3.\n"


def test_json_has_the_lines_as_the_document_has_them_with_their_numbers() -> None:
    found = document(state().versions[0], SONG, [(2, SONG.lines[1])])
    assert (found["track"], found["version"], found["alignment"]["coverage"]) == ("trk_1", 1, 0.98)
    [only] = found["lines"]
    assert (only.pop("number"), only) == (2, SONG.lines[1].model_dump(mode="json", by_alias=True))


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "JSON"])
def test_what_tenants_wrote_is_harmless(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    alignment = Alignment(engine=SPOILT, coverage=1.0)
    song = SONG.model_copy(update={"alignment": alignment})
    spoilt = line(FIRST.model_copy(update={"text": SPOILT}), text=SPOILT)
    show(state().versions[0], song, [(1, spoilt)], as_json=as_json)
    assert is_harmless(capsys.readouterr().out)
