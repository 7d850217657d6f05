"""Every export is read back by another parser: the words' times are those of the document, as far as it goes."""

import re
from html import unescape
from io import BytesIO
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import av
import pylrc
import pysubs2
import pytest
import webvtt
from aik_lyrics import Karaoke
from aik_lyrics.exporters.ass import to_ass
from aik_lyrics.exporters.lrc import to_enhanced_lrc, to_lrc
from aik_lyrics.exporters.timed import TimedLine, timed_lines
from aik_lyrics.exporters.ttml import to_ttml
from aik_lyrics.exporters.ultrastar import to_ultrastar
from aik_lyrics.exporters.webvtt import to_webvtt
from aik_lyrics.testing import EMPTY, ENGLISH, MARK, MARKED, RUSSIAN, UNSUNG, Timed, line, song, songs, sung
from hypothesis import given, settings
from ttconv.imsc import reader as imsc

SONGS = pytest.mark.parametrize(
    "karaoke", [ENGLISH, RUSSIAN, MARKED, EMPTY], ids=["english", "russian", "marked", "nothing-sung"]
)


def frames(content: str, name: str) -> list[tuple[int, int, str]]:
    """Start and length in ms and the payload of every event that FFmpeg finds."""
    with av.open(BytesIO(content.encode()), "r", format=name) as file:
        found = []
        for packet in file.demux():
            if packet.pts is not None and packet.time_base is not None:
                start, length = (round(at * packet.time_base * 1000) for at in (packet.pts, packet.duration or 0))
                found.append((start, length, bytes(packet).decode().rstrip("\n")))
        return found


def like_a_word(text: str) -> str:
    """Braces, backslashes and what looks like a time are written with look-alikes."""
    return text.translate(str.maketrans("｛｝［＜", "{}[<")).replace("\u2060", "")


def test_lrc_has_the_sung_lines_by_time() -> None:
    first, second = line("a", "hello world", 61_019, 61_510, 61_510, 62_010), line("b", "last", 63_010, 64_010)
    expected = "[length:66:40.00]\n[01:01.01]hello world\n[01:03.01]last\n"
    assert to_lrc(song(first, second)) == to_lrc(song(second, MARK, UNSUNG, first)) == expected


@SONGS
def test_lrc_is_read_by_pylrc_and_ffmpeg(karaoke: Karaoke) -> None:
    """pylrc knows lines only, and of those the ones before an hour."""
    expected = [(at.start_ms // 10 * 10, at.text) for at in timed_lines(karaoke)]
    read = pylrc.parse(to_lrc(karaoke))
    assert [(round(at.time * 1000), at.text) for at in read] == [at for at in expected if at[0] < 3_600_000]
    if expected:
        assert [(start, text) for start, _, text in frames(to_lrc(karaoke), "lrc")] == expected


def enhanced(content: str) -> list[list[Timed]]:
    """Words and times of A2 in 1/100 s, by its rule: a time begins what follows it and ends what it follows."""
    lines = []
    for row in content.splitlines():
        if (stamped := re.split(r"<(\d+):(\d\d)\.(\d\d)>", row.partition("]")[2]))[1:]:
            times = [int(m) * 6_000 + int(s) * 100 + int(c) for m, s, c in zip(*(stamped[n::4] for n in (1, 2, 3)))]  # noqa: B905
            texts = stamped[4::4]
            lines.append([(text.rstrip(), at, end) for text, at, end in zip(texts, times, times[1:]) if text.strip()])  # noqa: B905
    return lines


def check_enhanced(karaoke: Karaoke) -> None:
    expected = [[(like_a_word(text), at, end) for text, at, end in row] for row in sung(karaoke, per=10)]
    read = enhanced(to_enhanced_lrc(karaoke))
    assert [[(like_a_word(text), at, end) for text, at, end in row] for row in read] == expected


@given(songs())
@settings(max_examples=60, deadline=None)
def test_enhanced_lrc_has_every_word_where_it_is_sung(karaoke: Karaoke) -> None:
    check_enhanced(karaoke)


@SONGS
def test_enhanced_lrc_has_the_words_of_every_language_and_direction(karaoke: Karaoke) -> None:
    check_enhanced(karaoke)


@SONGS
def test_enhanced_lrc_is_read_by_pylrc_with_its_lines(karaoke: Karaoke) -> None:
    """pylrc leaves the words' times in the text."""
    read = pylrc.parse(to_enhanced_lrc(karaoke))
    expected = [at for at in timed_lines(karaoke) if at.start_ms < 3_600_000]
    assert [round(at.time * 1000) for at in read] == [at.start_ms // 10 * 10 for at in expected]
    assert [re.sub(r"<\d+:\d\d\.\d\d>", "", at.text) for at in read] == [at.text for at in expected]


def filled(event: pysubs2.SSAEvent) -> list[Timed]:
    """The words of an ASS event in 1/100 s, from the lengths of its karaoke tags one after another."""
    now, words = event.start // 10, []
    for length, text in re.findall(r"\{\\kf?(\d+)\}([^{]*)", event.text):
        if text:
            words.append((like_a_word(text).rstrip(" "), now, now + int(length)))
        now += int(length)
    return words


@given(songs())
@settings(max_examples=60, deadline=None)
def test_ass_is_read_by_pysubs2_and_its_tags_never_drift(karaoke: Karaoke) -> None:
    read = pysubs2.SSAFile.from_string(to_ass(karaoke))
    expected = [[(like_a_word(text), at, end) for text, at, end in row] for row in sung(karaoke, per=10)]
    assert [filled(event) for event in read] == expected


@SONGS
def test_ass_is_read_by_pysubs2_and_ffmpeg(karaoke: Karaoke) -> None:
    read = pysubs2.SSAFile.from_string(to_ass(karaoke))
    assert [filled(event) for event in read] == sung(karaoke, per=10)
    assert [(start, start + length) for start, length, _ in frames(to_ass(karaoke), "ass")] == [
        (event.start, event.end) for event in read
    ]
    for event, at in zip(read, timed_lines(karaoke), strict=True):
        assert event.start <= at.start_ms <= at.end_ms <= event.end + 10


def test_two_lines_share_the_screen_and_the_next_one_is_there_before_it_is_sung() -> None:
    lines = [line(str(n), "la", 10_000 + 2_000 * n, 11_500 + 2_000 * n) for n in range(4)]
    read = pysubs2.SSAFile.from_string(to_ass(song(*lines)))
    assert [(event.start, event.end, event.marginv) for event in read] == [
        (6_000, 11_700, 210),
        (8_000, 13_700, 80),
        (11_700, 15_700, 210),
        (13_700, 17_700, 80),
    ]


@given(songs())
@settings(max_examples=60, deadline=None)
def test_no_two_lines_are_ever_shown_in_one_place(karaoke: Karaoke) -> None:
    for one, other in combinations(pysubs2.SSAFile.from_string(to_ass(karaoke)), 2):
        assert one.marginv != other.marginv or one.end <= other.start or other.end <= one.start


def paragraphs(content: str) -> list[list[Timed]]:
    """Words of every paragraph that ttconv finds, in ms of the song: a span's times count from its paragraph's."""
    document = imsc.to_model(ElementTree.ElementTree(ElementTree.fromstring(content)))  # noqa: S314
    found = [list(p) for division in document.get_body() for p in division]
    return [[_span(spans[0].parent(), span) for span in spans if _is_timed(span)] for spans in found]


def _is_timed(span: Any) -> bool:
    """What stands between words has no times; ttconv says None for a begin at 0."""
    return span.get_begin() is not None or span.get_end() is not None


def _span(p: Any, span: Any) -> Timed:
    begin, end = ((p.get_begin() or 0) + (at or 0) for at in (span.get_begin(), span.get_end()))
    return next(iter(span)).get_text(), round(begin * 1000), round(end * 1000)


def shown(karaoke: Karaoke) -> list[list[Timed]]:
    """In TTML every word lasts a millisecond at least, or it would never be shown."""
    return [[(text, start, max(end, start + 1)) for text, start, end in row] for row in sung(karaoke)]


@SONGS
def test_ttml_is_read_by_ttconv(karaoke: Karaoke) -> None:
    assert paragraphs(to_ttml(karaoke, title="A & B", artist="<C>")) == shown(karaoke)


@given(songs())
@settings(max_examples=60, deadline=None)
def test_ttml_has_every_word_to_the_millisecond(karaoke: Karaoke) -> None:
    assert paragraphs(to_ttml(karaoke)) == shown(karaoke)


@pytest.mark.parametrize(
    ("karaoke", "language", "directions"), [(RUSSIAN, "ru", [None, None, "rtl"]), (MARKED, "he", ["rtl", "rtl", "rtl"])]
)
def test_ttml_says_the_language_and_which_lines_run_from_right_to_left(
    karaoke: Karaoke, language: str, directions: list[str | None]
) -> None:
    root = ElementTree.fromstring(to_ttml(karaoke))  # noqa: S314
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    styling = "{http://www.w3.org/ns/ttml#styling}direction"
    assert [p.get(styling) for p in root.iter("{http://www.w3.org/ns/ttml}p")] == directions


def cue_words(at: TimedLine, raw: str) -> list[tuple[str, int]]:
    """Text and start of every piece of a cue."""
    pieces = re.split(r"<(\d\d):(\d\d):(\d\d)\.(\d{3})>", re.sub(r"<v [^>]*>", "", raw))
    clock = zip(*(pieces[n::5] for n in (1, 2, 3, 4)))  # noqa: B905
    starts = [((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms) for h, m, s, ms in clock]
    return list(zip([unescape(piece) for piece in pieces[::5]], [at.start_ms, *starts], strict=True))


def together(at: TimedLine) -> list[tuple[str, int]]:
    """The words of a line with those joined that begin together, or as late as the cue ends."""
    pieces: list[tuple[str, int]] = []
    for word in at.words:
        if pieces and (word.start_ms == pieces[-1][1] or word.start_ms >= max(at.end_ms, at.start_ms + 1)):
            pieces[-1] = (pieces[-1][0] + word.text + word.after, pieces[-1][1])
        else:
            pieces.append((word.text + word.after, word.start_ms))
    return pieces


def check_webvtt(karaoke: Karaoke) -> None:
    content = to_webvtt(karaoke)
    read, lines = webvtt.from_string(content).captions, timed_lines(karaoke)
    assert [cue.start_in_seconds * 1000 + cue.start_time.milliseconds for cue in read] == [at.start_ms for at in lines]
    for cue, at in zip(read, lines, strict=True):
        assert cue_words(at, cue.raw_text) == together(at)
    if lines:
        # FFmpeg leaves out a cue that is the same as another one
        events = {(start, start + length) for start, length, _ in frames(content, "webvtt")}
        assert events == {(at.start_ms, max(at.end_ms, at.start_ms + 1)) for at in lines}


@SONGS
def test_webvtt_is_read_by_webvtt_py_and_ffmpeg(karaoke: Karaoke) -> None:
    check_webvtt(karaoke)


@given(songs())
@settings(max_examples=60, deadline=None)
def test_webvtt_has_the_time_of_every_word_inside_its_cue(karaoke: Karaoke) -> None:
    check_webvtt(karaoke)


@pytest.mark.parametrize("export", [to_lrc, to_enhanced_lrc, to_ass, to_ttml, to_webvtt, to_ultrastar])
def test_what_is_not_sung_is_in_no_timed_format(export: Any) -> None:
    for karaoke in (ENGLISH, MARKED, EMPTY):
        assert not re.search("not|sung|chorus", export(karaoke), re.IGNORECASE)
        heard = karaoke.model_copy(update={"lines": tuple(line for line in karaoke.lines if line.sung)})
        assert export(karaoke) == export(heard) == export(Karaoke.from_json(karaoke.to_json()))
