"""Written lines as they are to be understood: what is sung, by whom, and what only marks something."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aik_lyrics.chords import inline_chords, is_chord_row
from aik_lyrics.documents import Role
from aik_lyrics.lrc_times import Stamp, WordTime, line_stamps, offset_ms, word_stamps, word_times
from aik_lyrics.marks import OTHER, SectionMark, leading_mark, section_mark
from aik_lyrics.repeats import is_repeat, repeat_at_end
from aik_lyrics.speakers import Cast, cast_of, speaker
from aik_lyrics.words import is_sung, tokens, trimmed


@dataclass(frozen=True)
class Reading:
    """A written line: `text` is what is sung of it, from `first` to `last` in `written`; `singers` are ids."""

    written: str
    text: str = ""
    mark: SectionMark | None = None
    singers: tuple[str, ...] = ()
    role: Role | None = None
    times: tuple[WordTime, ...] = ()
    first: int = 0
    last: int = 0


@dataclass(frozen=True)
class Song:
    """The lines of a text in order, and the names of those who sing in it, by id."""

    lines: tuple[Reading, ...]
    names: Mapping[str, str] = field(default_factory=dict)


def read(lines: Sequence[str], known: Mapping[str, str] | None = None) -> Song:
    """Reads trimmed lines; `known` are names of singers that need no evidence in the text, by id."""
    rows = [_cut(line) for line in lines]
    texts = [row.text for row in rows]
    found = [section_mark(text) or _leading(text) for text in texts]
    cast = cast_of(texts, [mark for mark in found if mark], known or {})
    offset = next((ms for line in lines if (ms := offset_ms(line)) is not None), 0)
    singers: tuple[str, ...] = ()
    readings: list[Reading] = []
    for row in rows:
        part = _part(row.text, cast)
        if part.mark is not None and part.mark.kind != OTHER:
            singers = cast.of(part.mark.singers or "")
        if part.label is not None:
            singers = cast.of(part.label)
        readings.append(_reading(row, part, singers, offset))
    return Song(tuple(readings), cast.names)


@dataclass(frozen=True)
class _Row:
    """A line without its chords and times: where each character of the text stands, and the times before them."""

    written: str
    text: str
    places: Sequence[int]
    stamps: tuple[Stamp, ...]


@dataclass(frozen=True)
class _Part:
    """What is sung of a text, from `start` to `end`, and what its line says besides."""

    start: int
    end: int
    mark: SectionMark | None = None
    label: str | None = None


def _cut(written: str) -> _Row:
    times, begin = line_stamps(written)
    words = word_stamps(written)
    spans = sorted([*([(0, begin)] if begin else []), *(span for span, _ in words), *_chords(written, begin)])
    places = _left(written, spans)
    stamps = [Stamp(bisect_left(places, end), ms) for (_, end), ms in words]
    if times and not (stamps and stamps[0].place == 0):
        stamps.insert(0, Stamp(0, times[0]))
    return _Row(written, "".join(written[place] for place in places), places, tuple(stamps))


def _chords(written: str, begin: int) -> list[tuple[int, int]]:
    return [span for span in inline_chords(written) if span[0] >= begin]


def _left(text: str, spans: Sequence[tuple[int, int]]) -> Sequence[int]:
    """The places of the characters outside of the spans; of spaces on both sides of one, those after it go as well."""
    if not spans:
        return range(len(text))
    kept: list[int] = []
    at = 0
    for start, end in [*spans, (len(text), len(text))]:
        kept.extend(range(at, start))
        at = max(at, end)
        while at < len(text) and text[at].isspace() and (not kept or text[kept[-1]].isspace()):
            at += 1
    while kept and text[kept[-1]].isspace():
        kept.pop()
    return kept


def _part(text: str, cast: Cast) -> _Part:
    if not text or is_chord_row(text) or is_repeat(text):
        return _Part(0, 0)
    mark = section_mark(text)
    if mark is not None and mark.kind != OTHER:
        return _Part(0, 0, mark)
    start, label = 0, None
    if led := leading_mark(text):
        mark, start = led
        if is_chord_row(text[start:]) or is_repeat(text[start:]):
            return _Part(0, 0, mark)
    if spoken := speaker(text[start:], cast):
        label, begin = spoken
        start += begin
    elif mark is not None and mark.kind == OTHER:
        return _Part(0, 0, mark)
    repeat = repeat_at_end(text[start:])
    end = len(text) if repeat is None else start + repeat
    sung = trimmed(text[start:end])
    start = text.find(sung, start)
    return _Part(start, start + len(sung), mark, label) if is_sung(sung) else _Part(0, 0, mark, label)


def _leading(text: str) -> SectionMark | None:
    led = leading_mark(text)
    return led[0] if led else None


def _reading(row: _Row, part: _Part, singers: tuple[str, ...], offset: int) -> Reading:
    text = row.text[part.start : part.end]
    if not text:
        return Reading(row.written, mark=part.mark)
    stamps = [Stamp(max(0, stamp.place - part.start), stamp.ms) for stamp in row.stamps]
    return Reading(
        row.written,
        text,
        part.mark,
        singers,
        "backing" if _is_bracketed(text) else None,
        word_times(tokens(text), stamps, offset) if stamps else (),
        row.places[part.start],
        row.places[part.end - 1] + 1,
    )


def _is_bracketed(text: str) -> bool:
    """Whether the whole text stands in one pair of round brackets."""
    if text[0] not in "(（" or text[-1] not in ")）":
        return False
    depth = 0
    for n, character in enumerate(text):
        depth += (character in "(（") - (character in ")）")
        if depth <= 0:
            return n == len(text) - 1
    return False
