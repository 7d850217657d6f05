"""Every export is read back by another parser: the words' times are those of the document, as far as it goes."""

import re
from html import unescape
from io import BytesIO, StringIO
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import av
import pylrc
import pysubs2
import pytest
import webvtt
from aik_lyrics import Karaoke, Line, Word
from aik_lyrics.documents import Singer
from aik_lyrics.exporters.ass import to_ass
from aik_lyrics.exporters.lrc import to_enhanced_lrc, to_lrc
from aik_lyrics.exporters.timed import TimedLine, timed_lines
from aik_lyrics.exporters.ttml import to_ttml
from aik_lyrics.exporters.ultrastar import to_ultrastar
from aik_lyrics.exporters.webvtt import to_webvtt
from hypothesis import given, settings
from hypothesis import strategies as st
from ttconv.imsc import reader as imsc

Timed = tuple[str, int, int]
"""A word with its start and end."""


def line(name: str, words: str, *times: int, **more: Any) -> Line:
    """Words with their starts and ends in ms; a space stands between words, nothing after a "|"."""
    texts = re.findall(r"([^ |]+)([ ]?)", words)
    starts, ends = times[::2], times[1::2]
    timed = tuple(
        Word(id=f"{name}{n}", text=text, after=after, start_ms=start, end_ms=end)
        for n, ((text, after), start, end) in enumerate(zip(texts, starts, ends, strict=True))
    )
    text = "".join(word.text + word.after for word in timed)
    return Line(id=name, text=text, start_ms=starts[0], end_ms=ends[-1], words=timed, **more)


def song(*lines: Line, language: str = "en", singers: tuple[Singer, ...] | None = None) -> Karaoke:
    return Karaoke(track_id="trk", version=1, language=language, duration_ms=4_000_000, singers=singers, lines=lines)


UNSUNG = Line(
    id="u", text="not sung", sung=False, words=(Word(id="u0", text="not", after=" "), Word(id="u1", text="sung"))
)
ENGLISH = song(
    line("a", "Don't & <stop> --> {me}", 1_005, 1_499, 1_500, 1_507, 1_993, 2_501, 2_501, 2_501, 2_501, 3_009),
    UNSUNG,
    line("b", r"rock\n'roll 🎸 [x]", 3_019, 3_999, 30_001, 30_303, 30_304, 31_008, singers=("s1",)),
    line("c", "ooh ooh", 30_100, 30_200, 30_400, 31_500, singers=("s2",), role="backing"),
    line("d", "late", 3_661_234, 3_662_345),
    singers=(Singer(id="s1", name="Ann, <the> first"), Singer(id="s2")),
)
RUSSIAN = song(
    line("a", "Ночь, улица, фонарь", 10_011, 10_499, 10_777, 11_222, 11_222, 12_345),
    line("b", "夜|の|街", 13_000, 13_333, 13_333, 13_666, 13_666, 14_000),
    line("c", "שלום עולם", 15_000, 15_500, 15_600, 16_009),
    language="ru",
)
EMPTY = song(UNSUNG)
SONGS = pytest.mark.parametrize("karaoke", [ENGLISH, RUSSIAN, EMPTY], ids=["english", "russian", "nothing-sung"])

WORD = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=6)


@st.composite
def songs(draw: st.DrawFn) -> Karaoke:
    """One voice, words that follow each other; some of them begin when the last one did, some have pauses before."""
    now, lines = draw(st.integers(0, 100_000)), []
    for name in range(draw(st.integers(0, 5))):
        words: list[Word] = []
        for text in draw(st.lists(WORD, min_size=1, max_size=5)):
            start = now + draw(st.sampled_from([0, 0, 3, 1_111, 7_777]))
            now = start + draw(st.integers(0, 900))
            words.append(Word(id=f"{name}.{len(words)}", text=text, after=" ", start_ms=start, end_ms=now))
        words[-1] = words[-1].model_copy(update={"after": ""})
        text = "".join(word.text + word.after for word in words)
        timed = Line(id=str(name), text=text, start_ms=words[0].start_ms, end_ms=now, words=tuple(words))
        lines.append(timed)
    return song(*lines)


def sung(karaoke: Karaoke, per: int = 1) -> list[list[Timed]]:
    """The words of each line, as the document has them, in units of so many ms."""
    return [[(word.text, word.start_ms // per, word.end_ms // per) for word in at.words] for at in timed_lines(karaoke)]


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


@given(songs())
@settings(max_examples=60, deadline=None)
def test_enhanced_lrc_has_every_word_where_it_is_sung(karaoke: Karaoke) -> None:
    assert [[(like_a_word(text), at, end) for text, at, end in row] for row in enhanced(to_enhanced_lrc(karaoke))] == [
        [(like_a_word(text), at, end) for text, at, end in row] for row in sung(karaoke, per=10)
    ]


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


def test_ttml_says_the_language_and_which_lines_run_from_right_to_left() -> None:
    root = ElementTree.fromstring(to_ttml(RUSSIAN))  # noqa: S314
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "ru"
    directions = [
        p.get("{http://www.w3.org/ns/ttml#styling}direction") for p in root.iter("{http://www.w3.org/ns/ttml}p")
    ]
    assert directions == [None, None, "rtl"]


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


def notes(content: str) -> list[list[list[Timed]]]:
    """A reader by the rules of the published format (no Python library for it is kept): parts, lines, words in ms."""
    head = dict(re.findall(r"^#(\w+):(.*)$", content, re.MULTILINE))
    beat_ms = 15_000 / float(head["BPM"])
    parts: list[list[list[Timed]]] = [[[]]]
    for row in StringIO(content):
        if re.match(r"P\d$", row) and parts[-1] != [[]]:
            parts.append([[]])
        elif row.startswith("-"):
            parts[-1].append([])
        elif found := re.match(r"F (\d+) (\d+) 0 (.*)\n", row):
            start, length = (round(int(found[n]) * beat_ms) for n in (1, 2))
            at = int(head["GAP"]) + start
            parts[-1][-1].append((found[3].rstrip(" "), at, at + length))
    return parts


@given(songs())
@settings(max_examples=60, deadline=None)
def test_ultrastar_has_every_word_within_a_beat(karaoke: Karaoke) -> None:
    """Notes of one part never overlap and last a beat at least, so words without a length push each other on."""
    [read] = notes(to_ultrastar(karaoke))
    flat, expected = [word for row in read for word in row], [word for row in sung(karaoke) for word in row]
    assert [text for text, _, _ in flat] == [text for text, _, _ in expected]
    assert all(end <= start for (_, _, end), (_, start, _) in pairwise(flat))
    pushed = 0
    for (_, at, _), (_, start, end), before in zip(flat, expected, [None, *flat], strict=False):
        pushed = pushed + 10 if before and before[2] > start else 0
        assert start - 10 < at <= start + pushed, (at, start, end)


def test_ultrastar_gives_each_of_two_singers_a_part() -> None:
    karaoke = song(
        line("a", "hello there", 1_000, 1_500, 1_600, 2_000, singers=("s1",)),
        line("b", "oh", 1_200, 1_400, singers=("s2",)),
        line("c", "both", 3_000, 3_500, singers=("s1", "s2")),
        singers=(Singer(id="s1", name="Ann"), Singer(id="s2", name="Bob")),
    )
    content = to_ultrastar(karaoke, title="T", artist="A", audio_file="minus.m4a")
    head = "VERSION:1.0.0 TITLE:T ARTIST:A MP3:minus.m4a BPM:1500 GAP:1000 LANGUAGE:English P1:Ann P2:Bob"
    assert content.splitlines()[:9] == [f"#{field}" for field in head.split()]
    both = [("both", 3_000, 3_500)]
    assert notes(content) == [
        [[("hello", 1_000, 1_500), ("there", 1_600, 2_000)], both],
        [[("oh", 1_200, 1_400)], both],
    ]


@pytest.mark.parametrize("export", [to_lrc, to_enhanced_lrc, to_ass, to_ttml, to_webvtt, to_ultrastar])
def test_what_is_not_sung_is_in_no_timed_format(export: Any) -> None:
    assert "not" not in export(EMPTY)
    assert export(ENGLISH) == export(Karaoke.from_json(ENGLISH.to_json()))
