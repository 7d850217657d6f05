"""The stretches of a song: those that the lyrics name, singing that is not in them, and music alone."""

from collections.abc import Iterator, Sequence

from aik_audio.voice import Region
from aik_lyrics import Karaoke
from aik_lyrics.documents import Section

_SHORTEST_VOCAL_MS = 2_000  # of voice that no line has
_SHORTEST_INSTRUMENTAL_MS = 5_000
_PAUSE_MS = 3_000  # longer ones divide singing that is not in the lyrics

Span = tuple[int, int]
"""From when to when, in ms."""


def sections(karaoke: Karaoke, regions: Sequence[Region]) -> tuple[Section, ...]:
    """By time; they don't overlap, but those that the lyrics name may hold pauses."""
    spans = [(line.start_ms, line.end_ms) for line in karaoke.lines if line.start_ms is not None]
    sung = [(start, end) for start, end in spans if end is not None]
    vocal = _vocal([(round(region.start * 1000), round(region.end * 1000)) for region in regions], sung)
    music = _music(sorted([*sung, *vocal]), karaoke.duration_ms or 0)
    found = [Section(kind="vocal", start_ms=start, end_ms=end) for start, end in vocal]
    found += [Section(kind="instrumental", start_ms=start, end_ms=end) for start, end in music]
    return tuple(sorted(found, key=lambda section: section.start_ms))


def _vocal(voice: Sequence[Span], sung: Sequence[Span]) -> list[Span]:
    """Voice that no line has, joined over short pauses."""
    free = [span for region in voice for span in _without(region, sung)]
    joined = free[:1]
    for start, end in free[1:]:
        between = any(first < start and last > joined[-1][1] for first, last in sung)
        if start - joined[-1][1] <= _PAUSE_MS and not between:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, end) for start, end in joined if end - start >= _SHORTEST_VOCAL_MS]


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
