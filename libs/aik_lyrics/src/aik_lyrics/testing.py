"""Made songs for the tests of exports."""

import re
from typing import Any

from hypothesis import strategies as st

from aik_lyrics.documents import Karaoke, Line, Singer, Word
from aik_lyrics.exporters.timed import timed_lines

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
    return Line(id=name, text=_text(timed), start_ms=starts[0], end_ms=ends[-1], words=timed, **more)


def _text(words: tuple[Word, ...]) -> str:
    return "".join(word.text + word.after for word in words)


def song(*lines: Line, language: str = "en", singers: tuple[Singer, ...] | None = None) -> Karaoke:
    return Karaoke(track_id="trk", version=1, language=language, duration_ms=4_000_000, singers=singers, lines=lines)


UNSUNG = Line(
    id="u", text="not sung", sung=False, words=(Word(id="u0", text="not", after=" "), Word(id="u1", text="sung"))
)
MARK = Line(id="m", text="", written="[Chorus]", sung=False, words=())

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
MARKED = song(
    MARK,
    line("a", "مرحبا hello يا", 5_000, 5_400, 5_400, 5_900, 6_010, 6_500),
    MARK,
    UNSUNG,
    line("b", "שלום", 7_000, 7_500, dir="rtl"),
    line("c", "ok", 8_000, 8_500, dir="rtl"),
    MARK,
    language="he",
)
EMPTY = song(MARK, UNSUNG)

SINGERS = (Singer(id="s1", name="Ann"), Singer(id="s2", name="Bob"))
_WORD = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=6)
_UNHEARD = {"mark": MARK, "unsung": UNSUNG}


@st.composite
def songs(draw: st.DrawFn) -> Karaoke:
    """One voice or two, each of which sings a word after the other; lines of two voices overlap, or are sung by both.

    Some words begin when the one before did, some have pauses before them; between lines are some that nobody sings.
    """
    voices = draw(st.sampled_from([["s1"], ["s1", "s2", "s1 s2"]]))
    free = dict.fromkeys(["s1", "s2"], draw(st.integers(0, 100_000)))
    lines: list[Line] = []
    for name in range(draw(st.integers(0, 6))):
        if (kind := draw(st.sampled_from(["sung", "sung", "sung", *_UNHEARD]))) != "sung":
            lines.append(_UNHEARD[kind])
            continue
        singers = tuple(draw(st.sampled_from(voices)).split())
        words = _words(draw, str(name), max(free[singer] for singer in singers))
        start, end = words[0].start_ms, words[-1].end_ms
        lines.append(
            Line(id=str(name), text=_text(words), start_ms=start, end_ms=end, singers=singers, words=words),
        )
        free |= dict.fromkeys(singers, end or 0)
    return song(*lines, singers=SINGERS if len(voices) > 1 else None)


def _words(draw: st.DrawFn, name: str, now: int) -> tuple[Word, ...]:
    words: list[Word] = []
    for text in draw(st.lists(_WORD, min_size=1, max_size=5)):
        start = now + draw(st.sampled_from([0, 0, 3, 1_111, 7_777]))
        now = start + draw(st.integers(0, 900))
        words.append(Word(id=f"{name}.{len(words)}", text=text, after=" ", start_ms=start, end_ms=now))
    words[-1] = words[-1].model_copy(update={"after": ""})
    return tuple(words)


def sung(karaoke: Karaoke, per: int = 1) -> list[list[Timed]]:
    """The words of each line, as the document has them, in units of so many ms."""
    return [[(word.text, word.start_ms // per, word.end_ms // per) for word in at.words] for at in timed_lines(karaoke)]
