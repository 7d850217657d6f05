"""Times that are not those of the words, in the document of a good song."""

from collections.abc import Callable
from dataclasses import replace

from aik_aligner.port import Aligner
from aik_lyrics import Line, Word

from tests.bench.karaoke_qc.songs import Made

Times = tuple[int, int]


def shifted(by_ms: int) -> Callable[[Made, Aligner], Made]:
    """All words so much later."""
    return lambda song, _: _timed(song, lambda n, times: (times[0] + by_ms, times[1] + by_ms))


def derailed(by_ms: int) -> Callable[[Made, Aligner], Made]:
    """The second half of the words so much later."""

    def spoil(song: Made, _: Aligner) -> Made:
        half = _count(song) // 2
        return _timed(song, lambda n, times: times if n < half else (times[0] + by_ms, times[1] + by_ms))

    return spoil


def collapsed(song: Made, _: Aligner) -> Made:
    """The second half of the words, 20 ms each, one after the other."""
    half = _count(song) // 2
    start = [word.start_ms or 0 for line in song.karaoke.lines if line.sung for word in line.words][half]
    return _timed(song, lambda n, times: times if n < half else (start + (n - half) * 20, start + (n - half) * 20 + 20))


def stretched(song: Made, _: Aligner) -> Made:
    """Every fourth word ends 9 s after its start, the next ones begin in time."""
    return _timed(song, lambda n, times: times if n % 4 else (times[0], times[0] + 9_000))


def cut_short(song: Made, _: Aligner) -> Made:
    """Every fourth word lasts 10 ms."""
    return _timed(song, lambda n, times: times if n % 4 else (times[0], times[0] + 10))


def swapped_singers(song: Made, _: Aligner) -> Made:
    """A duet whose two voices got each other's times: the lines, two by two."""
    lines = list(song.karaoke.lines)
    for n in range(0, len(lines) - 1, 2):
        first, second = lines[n], lines[n + 1]
        lines[n] = _at(first, second, "s1")
        lines[n + 1] = _at(second, first, "s2")
    return replace(song, karaoke=song.karaoke.model_copy(update={"lines": tuple(lines)}))


def _at(line: Line, place: Line, singer: str) -> Line:
    """A line in the place of another, its words evenly."""
    start, length = place.start_ms or 0, (place.end_ms or 0) - (place.start_ms or 0)
    count = len(line.words)
    words = tuple(
        word.model_copy(update={"start_ms": start + length * n // count, "end_ms": start + length * (n + 1) // count})
        for n, word in enumerate(line.words)
    )
    return line.model_copy(
        update={"words": words, "start_ms": place.start_ms, "end_ms": place.end_ms, "singers": (singer,)}
    )


def _count(song: Made) -> int:
    return sum(len(line.words) for line in song.karaoke.lines if line.sung)


def _timed(song: Made, place: Callable[[int, Times], Times]) -> Made:
    """The song with every word's times as they are placed, by its number, inside of the song."""
    duration = song.karaoke.duration_ms or 0
    lines: list[Line] = []
    n = 0
    for line in song.karaoke.lines:
        words: list[Word] = []
        for word in line.words:
            if line.sung:
                start, end = (min(max(0, at), duration) for at in place(n, (word.start_ms or 0, word.end_ms or 0)))
                word = word.model_copy(update={"start_ms": start, "end_ms": end})
                n += 1
            words.append(word)
        times = {
            "words": tuple(words),
            "start_ms": min(word.start_ms or 0 for word in words) if line.sung and words else None,
            "end_ms": max(word.end_ms or 0 for word in words) if line.sung and words else None,
        }
        lines.append(line.model_copy(update=times))
    return replace(song, karaoke=song.karaoke.model_copy(update={"lines": tuple(lines)}))
