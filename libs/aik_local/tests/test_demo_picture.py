"""The picture of an alignment: where the words go, and that it is the same every time."""

import json
import struct
from pathlib import Path

import pytest
from aik_local.demo.picture import theme
from aik_local.demo.picture.draw import draw
from aik_local.demo.picture.layout import LANES, row_seconds, rows
from aik_local.demo.picture.waveform import Waveform
from aik_lyrics.documents import Karaoke, Line, Section, Timing, Word


def word(text: str, start_ms: int | None, end_ms: int | None, timing: Timing = "aligned") -> Word:
    confidence = 0.5 if timing == "aligned" else None
    return Word(id=text, text=text, start_ms=start_ms, end_ms=end_ms, confidence=confidence, timing=timing)


def karaoke(*words: Word) -> Karaoke:
    """All words in one line; a line that is not sung follows it."""
    line = Line(id="l1", text="", start_ms=words[0].start_ms, end_ms=words[-1].end_ms, words=words)
    unsung = Line(id="l2", text="no", sung=False, words=(word("no", None, None, "derived"),))
    sections = (
        Section(kind="instrumental", start_ms=0, end_ms=1000),
        Section(kind="chorus", label="Припев", start_ms=1000, end_ms=9000),
    )
    return Karaoke(track_id="t", version=1, duration_ms=40_000, lines=(line, unsung), sections=sections)


def waveform(seconds: float = 40) -> Waveform:
    length = round(seconds * 44_100 / 512)
    document = {"sample_rate": 44_100, "samples_per_pixel": 512, "data": [-64, 32] * length}
    return Waveform.from_json(json.dumps(document).encode())


@pytest.mark.parametrize(("seconds", "row"), [(0.5, 4), (10.9, 11), (16, 16), (17, 9), (240, 16)])
def test_rows_are_of_sixteen_seconds_at_most_and_about_equally_full(seconds: float, row: int) -> None:
    assert row_seconds(seconds) == row


def test_every_word_that_has_a_time_is_labelled_once_where_it_begins() -> None:
    song = karaoke(word("a", 0, 500), word("over", 13_500, 14_500), word("b", 14_600, 15_000))
    found = rows(song, 40, lambda text: 0.1)
    assert [(row.start_s, row.end_s) for row in found] == [(0, 14), (14, 28), (28, 42)]
    assert [[one.text for one in row.words] for row in found] == [["a", "over"], ["over", "b"], []]
    assert [[label.word.text for label in row.labels] for row in found] == [["a", "over"], ["b"], []]


def test_words_that_would_cover_each_other_are_in_different_lanes() -> None:
    song = karaoke(*(word(f"w{n}", 100 * n, 100 * n + 90) for n in range(LANES + 1)), word("later", 9000, 9500))
    labels = rows(song, 40, lambda text: 1.0)[0].labels
    assert [label.lane for label in labels] == [*range(LANES), 0, 0]


def test_no_text_reaches_beyond_its_row() -> None:
    [label] = rows(karaoke(word("long", 13_900, 14_000)), 40, lambda text: 2.0)[0].labels
    assert label.at_s == 12.0


def test_the_waveform_of_a_stretch_is_that_of_its_pixels() -> None:
    seconds, low, high = waveform().between(10, 10.045)
    assert seconds == pytest.approx([10.0020, 10.0136, 10.0252, 10.0368], abs=1e-3)
    assert (low, high) == ((-0.5,) * 4, (0.25,) * 4)


def test_letters_that_the_font_lacks_are_boxes_and_others_stay() -> None:
    assert theme.written("Ночь, שלום, 夜!") == "Ночь, שלום, □!"


@pytest.mark.filterwarnings("error")
def test_the_same_documents_give_the_same_picture_without_a_warning(tmp_path: Path) -> None:
    song = karaoke(word("Тихая", 1000, 2000), word("夜", 2000, 2010, "derived"), word("سلام", 15_500, 16_500, "manual"))
    for name in ("one", "other"):
        draw(tmp_path / name, song, waveform(), waveform(), "Тихая ночь 夜")
    content = (tmp_path / "one").read_bytes()
    assert content == (tmp_path / "other").read_bytes()
    assert struct.unpack(">II", content[16:24])[0] == 2000
    assert b"tIME" not in content
    assert b"Software" not in content


def test_a_song_without_a_sound_or_a_word_has_a_picture_too(tmp_path: Path) -> None:
    silent = Waveform(512 / 44_100, (), ())
    draw(tmp_path / "empty", Karaoke(track_id="t", version=1, lines=()), silent, silent, "")
    assert (tmp_path / "empty").read_bytes().startswith(b"\x89PNG")
