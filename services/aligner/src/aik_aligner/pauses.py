"""Passages cut at pauses: a line begins after one or ends before one rather than that it has one word beyond it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from aik_audio.clock import VoicedTime
from aik_audio.voice import Region

from aik_aligner.plan import Passage

_PAUSE_S = 0.5
_STRAY_S = 3.0  # how far from a pause a word that lies beyond it is taken for misplaced
_FAR_S = 6.0  # from one word to the next: nobody pauses so long a word or two into a line
_FEW = 2

Starts = Sequence[Sequence[float]]
"""When the words of each line of a passage begin, in s on the voiced clock."""


def at_pauses(passage: Passage, starts: Starts, regions: Sequence[Region]) -> list[Passage]:
    """The passage, cut at each pause near which a line begins, without lone words far from the rest of their line.

    Regions between a line's end and the next one's begin, which have no words, are in no part.
    """
    clock = VoicedTime(regions)
    begins, stops = [(0, passage.regions.start)], []
    for n in passage.regions[1:]:
        if regions[n].start - regions[n - 1].end >= _PAUSE_S:
            line = _line_at(n, starts, clock)
            if line is not None and line > begins[-1][0]:
                stops.append((line, n))
                begins.append((line, max(n, _region_at(starts[line][0], passage, clock))))
    stops.append((len(passage.lines), passage.regions.stop))
    return [
        _gathered(
            Passage(passage.lines[line:until], range(region, stop), tuple(words[0] for words in starts[line:until])),
            [start for words in starts[line:until] for start in words],
            regions,
        )
        for (line, region), (until, stop) in zip(begins, stops, strict=True)
    ]


def _region_at(start: float, passage: Passage, clock: VoicedTime) -> int:
    return max(n for n in passage.regions if n == passage.regions.start or clock.begin(n) <= start)


def _line_at(n: int, starts: Starts, clock: VoicedTime) -> int | None:
    """The line, not the first one, that begins with the n-th region, but for one stray word."""
    pause = clock.begin(n)
    for line in range(1, len(starts)):
        before, after = starts[line - 1], starts[line]
        if before[-1] < pause <= after[0]:
            return line
        early = after[0] < pause <= after[1] if len(after) > 1 else False
        if early and pause - after[0] <= _STRAY_S and before[-1] >= clock.begin(n - 1):
            return line
        late = before[-2] < pause <= before[-1] if len(before) > 1 else False
        if late and before[-1] - pause <= _STRAY_S and after[0] < clock.begin(n + 1):
            return line
    return None


def _gathered(passage: Passage, starts: Sequence[float], regions: Sequence[Region]) -> Passage:
    """The passage without the regions of a word or two at its begin or end that are far from all others."""
    clock = VoicedTime(regions)
    where = [_region_at(start, passage, clock) for start in starts]
    times = [clock.song_time(at, n) for at, n in zip(starts, where, strict=True)]
    first, stop = passage.regions.start, passage.regions.stop
    for n, (before, after) in enumerate(pairwise(times), start=1):
        if after - before >= _FAR_S and where[n - 1] < where[n]:
            if n <= min(_FEW, len(starts) - n):
                first = where[n]
            elif len(starts) - n <= _FEW:
                stop = min(stop, where[n - 1] + 1)
    return replace(passage, regions=range(first, stop)) if first < stop else passage
