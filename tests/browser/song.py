"""A made song of 24 s that has everything a page shows, and a sound to go with it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from aik_audio.encode import encode_m4a
from aik_audio.samples import SAMPLE_RATE
from aik_lyrics import Karaoke, Line, Word
from aik_lyrics.documents import Role, Section, Singer
from aik_lyrics.exporters.html import to_html

TITLE, ARTIST = "Two <i>rivers</i> & {{audio}}", "Ann & Bob"
LENGTH_S = 24

LIT = {
    5.25: ["Don't"],
    6.999: ["</script>"],
    7.0: ["maybe"],
    7.5: [],
    10.75: ["you", "(ooh)"],
    13.0: ["together"],
    15.2: ["עולם"],
    17.6: ["街"],
}
"""What is lit at which second; two voices may sing at once, and nothing is lit in a pause."""


def page() -> str:
    return to_html(SONG, _sound(), "audio/mp4", TITLE, ARTIST)


def _line(
    name: str, text: str, start: int, *words: tuple[str, int], singers: str = "", role: Role | None = None
) -> Line:
    """Each word with how long it lasts; they follow one another from `start` on. Times in ms."""
    timed: list[Word] = []
    for n, (word, length) in enumerate(words):
        after = text[sum(len(other.text + other.after) for other in timed) + len(word) :]
        after = after[: len(after) - len(after.lstrip(" "))]
        known: dict[str, Any] = {"timing": "derived"} if word == "maybe" else {"timing": "aligned", "confidence": 0.8}
        timed.append(Word(id=f"{name}{n}", text=word, after=after, start_ms=start, end_ms=start + length, **known))
        start += length
    return Line(
        id=name,
        text=text,
        start_ms=timed[0].start_ms,
        end_ms=start,
        singers=tuple(singers.split()) or None,
        role=role,
        words=tuple(timed),
    )


SONG = Karaoke(
    track_id="trk",
    version=1,
    language="en",
    duration_ms=LENGTH_S * 1_000,
    singers=(Singer(id="a", name="Ann"), Singer(id="b", name="Bob")),
    sections=(
        Section(kind="instrumental", start_ms=0, end_ms=5_000),
        Section(kind="verse", label="Verse 1", start_ms=5_000, end_ms=9_500),
        Section(kind="chorus", label="Chorus", start_ms=9_500, end_ms=14_000),
        Section(kind="vocal", start_ms=14_000, end_ms=18_500),
        Section(kind="instrumental", label="Outro", start_ms=18_500, end_ms=24_000),
    ),
    lines=(
        Line(id="m1", text="", written="[Verse 1]", sung=False, words=()),
        _line("l1", "Don't say <b>", 5_000, ("Don't", 500), ("say", 500), ("<b>", 500), singers="a"),
        _line("l2", "</script> maybe", 6_500, ("</script>", 500), ("maybe", 400), singers="a"),
        _line("l3", "I will answer", 8_000, ("I", 300), ("will", 400), ("answer", 700), singers="b"),
        Line(id="m2", text="", written="[Chorus]", sung=False, words=()),
        _line("l4", "Me and you", 10_000, ("Me", 300), ("and", 300), ("you", 900), singers="a"),
        _line("l5", "(ooh)", 10_500, ("(ooh)", 800), singers="b", role="backing"),
        _line("l6", "sing together now", 12_000, ("sing", 600), ("together", 700), ("now", 500), singers="a b"),
        Line(id="e", text="", sung=False, words=()),
        Line(id="n", text="***", sung=False, words=(Word(id="n0", text="***"),)),
        _line("l7", "שלום עולם", 14_500, ("שלום", 600), ("עולם", 600), singers="b"),
        _line("l8", "夜の街へ", 16_500, ("夜", 500), ("の", 500), ("街", 500), ("へ", 500), singers="a"),
        _line("l9", "fin", 23_000, ("fin", 500), singers="a"),
    ),
)


def _sound() -> bytes:
    """A quiet tone in AAC, as the published minus is."""
    time = np.arange(LENGTH_S * SAMPLE_RATE) / SAMPLE_RATE
    tone = (0.05 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "minus.m4a"
        with encode_m4a(path, bit_rate=64_000) as write:
            write(np.stack([tone, tone], axis=1))
        return path.read_bytes()
