"""The stretches of a song: those that the lyrics name, singing that is not in them, and music alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aik_audio.voice import Region
from aik_lyrics import Karaoke
from aik_lyrics.documents import Section
from aik_lyrics.marks import SectionMark
from aik_lyrics.parts import Part, parts

_SHORTEST_VOCAL_MS = 2_000  # of voice that no line has
_SHORTEST_INSTRUMENTAL_MS = 5_000
_PLAYED = {"intro", "instrumental", "solo", "interlude", "break", "build", "outro"}  # kinds that may have no words
_PAUSE_MS = 3_000  # longer ones divide singing that is not in the lyrics

Span = tuple[int, int]
"""From when to when, in ms."""


def sections(karaoke: Karaoke, regions: Sequence[Region]) -> tuple[Section, ...]:
    """By time; they don't overlap, but those that the lyrics name may hold pauses.

    A mark without lines that are sung makes no section: its name goes to the one that is heard at its place.
    """
    spans = [(line.start_ms, line.end_ms) for line in karaoke.lines if line.start_ms is not None]
    sung = [(start, end) for start, end in spans if end is not None]
    vocal = _vocal([(round(region.start * 1000), round(region.end * 1000)) for region in regions], sung)
    music = _music(sorted([*sung, *vocal]), karaoke.duration_ms or 0)
    placed = [_placed(part) for part in parts(karaoke.lines, {one.id: one.name or "" for one in karaoke.singers or ()})]
    named = _named(placed)
    taken = [(section.start_ms, section.end_ms) for section in named]
    heard = [*_heard("vocal", vocal, taken, _SHORTEST_VOCAL_MS)]
    heard += _heard("instrumental", music, taken, _SHORTEST_INSTRUMENTAL_MS)
    return tuple(sorted([*named, *_labeled(heard, placed)], key=lambda section: section.start_ms))


@dataclass(frozen=True)
class _Placed:
    """A mark and when its lines are sung; None where none is."""

    mark: SectionMark | None
    span: Span | None


def _placed(part: Part) -> _Placed:
    spans = [(line.start_ms, line.end_ms) for line in part.lines]
    times = [(start, end) for start, end in spans if start is not None and end is not None]
    return _Placed(part.mark, (min(start for start, _ in times), max(end for _, end in times)) if times else None)


def _named(placed: Sequence[_Placed]) -> list[Section]:
    """A section for each mark with lines, until the next one begins: lines of two singers may overlap."""
    found = sorted((one.span, n) for n, one in enumerate(placed) if one.span is not None)
    made: list[Section] = []
    for at, ((start, end), n) in enumerate(found, start=1):
        mark, stop = placed[n].mark, min([end, *(span[0] for span, _ in found[at : at + 1])])
        if mark is not None and start < stop:
            made.append(Section(kind=mark.kind, label=mark.label or None, start_ms=start, end_ms=stop))
    return made


def _heard(kind: str, spans: Sequence[Span], taken: Sequence[Span], shortest_ms: int) -> Iterator[Section]:
    """What is left of sections found by ear outside of those that the lyrics name."""
    for span in spans:
        for start, end in _without(span, taken):
            if end - start >= shortest_ms:
                yield Section(kind=kind, start_ms=start, end_ms=end)


def _labeled(heard: Sequence[Section], placed: Sequence[_Placed]) -> list[Section]:
    """The sections found by ear, with the names of marks that have no lines where there is one section for each."""
    labels: dict[int, str] = {}
    for (start, end), marks in _gaps(placed).items():
        for kind in ("vocal", "instrumental"):
            named = [mark.label for mark in marks if (mark.kind in _PLAYED) == (kind == "instrumental")]
            inside = [
                n
                for n, one in enumerate(heard)
                if one.kind == kind and start <= one.start_ms and (end is None or one.end_ms <= end)
            ]
            if len(named) == len(inside):
                labels |= dict(zip(inside, named, strict=True))
    return [one.model_copy(update={"label": labels[n]}) if labels.get(n) else one for n, one in enumerate(heard)]


def _gaps(placed: Sequence[_Placed]) -> dict[tuple[int, int | None], list[SectionMark]]:
    """The marks without lines, by when the lines before them end and the ones after them start."""
    gaps: dict[tuple[int, int | None], list[SectionMark]] = {}
    reached = 0
    waiting: list[SectionMark] = []
    for one in placed:
        if one.span is None:
            waiting += [one.mark] if one.mark else []
            continue
        if waiting:
            gaps.setdefault((reached, one.span[0]), []).extend(waiting)
        reached, waiting = max(reached, one.span[1]), []
    if waiting:
        gaps[reached, None] = waiting
    return gaps


def _vocal(voice: Sequence[Span], sung: Sequence[Span]) -> list[Span]:
    """Voice that no line has, joined over short pauses, where there is enough of it: pauses don't count."""
    free = [span for region in voice for span in _without(region, sung)]
    joined: list[list[Span]] = []
    for start, end in free:
        reached = joined[-1][-1][1] if joined else start
        between = any(first < start and last > reached for first, last in sung)
        if not joined or between or start - reached > _PAUSE_MS:
            joined.append([])
        joined[-1].append((start, end))
    long = [spans for spans in joined if sum(end - start for start, end in spans) >= _SHORTEST_VOCAL_MS]
    return [(spans[0][0], spans[-1][1]) for spans in long]


def _without(span: Span, others: Sequence[Span]) -> Iterator[Span]:
    """What is left of a span."""
    start, end = span
    for first, last in sorted(others):
        if first < end and last > start:
            if first > start:
                yield start, first
            start = max(start, last)
    if start < end:
        yield start, end


def _music(sung: Sequence[Span], duration_ms: int) -> list[Span]:
    """Where nobody sings for long."""
    reached = 0
    gaps: list[Span] = []
    for start, end in [*sung, (duration_ms, duration_ms)]:
        gaps.append((reached, start))
        reached = max(reached, end)
    return [(start, end) for start, end in gaps if end - start >= _SHORTEST_INSTRUMENTAL_MS]
