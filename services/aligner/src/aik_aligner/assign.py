"""Which lines are sung in which regions: whole lines to whole regions, cut only at pauses."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from aik_audio.voice import Region

from aik_aligner.anchors import Anchor
from aik_aligner.clock import VoicedTime

LONGEST_S = 25.0  # of voice in one passage: Whisper hears 30 s at once
_PAUSE_S = 0.25  # between regions, from which a line may end there
_SLACK_S = 0.3  # how far an anchor may lie on the wrong side of a cut: a transcript's times are rough
_NEAR_S = 1.5  # how far a cut may lie from where the line is expected to end
_BLIND_S = 8.0  # of voice without an anchor: what is expected there is a guess, and nothing is cut
_LETTERS_PER_S = 12.0  # of singing, where no anchor says more


@dataclass(frozen=True)
class Passage:
    """Some lines, and the regions that they are sung in, as half-open ranges of their numbers."""

    lines: range
    regions: range


def assign(sizes: Sequence[int], regions: Sequence[Region], anchors: Sequence[Anchor]) -> list[Passage]:
    """The song in passages of at most about 25 s of voice, in order; every line and every region is in one.

    `sizes` are the lines' letters; the anchors' times are on the voiced clock.
    """
    clock = VoicedTime(regions)
    starts = [int(size) for size in np.concatenate([[0], np.cumsum(sizes)])]
    expected = _expected(starts, anchors, clock.length)
    cuts = [(0, 0), *_sure_cuts(starts, expected, regions, anchors, clock), (len(sizes), len(regions))]
    passages = [
        Passage(range(line, next_line), range(region, next_region))
        for (line, region), (next_line, next_region) in pairwise(cuts)
    ]
    return [part for passage in passages for part in _short(passage, expected, clock)]


def _expected(starts: Sequence[int], anchors: Sequence[Anchor], length: float) -> list[float]:
    """When each line begins on the voiced clock; letters between two anchors are spread evenly."""
    if not anchors:
        return [length * start / max(1, starts[-1]) for start in starts]
    first, last = anchors[0], anchors[-1]
    before = Anchor(0, max(0.0, first.time - first.position / _LETTERS_PER_S))
    after = Anchor(starts[-1], min(length, last.time + (starts[-1] - last.position) / _LETTERS_PER_S))
    points = [before, *anchors, after]
    times = np.interp(starts, [point.position for point in points], [point.time for point in points])
    return [float(time) for time in times]


def _sure_cuts(
    starts: Sequence[int],
    expected: Sequence[float],
    regions: Sequence[Region],
    anchors: Sequence[Anchor],
    clock: VoicedTime,
) -> list[tuple[int, int]]:
    """Pairs of a line and a region that begin together: the pause lies between the anchors around the line's start."""
    pauses = [n for n in range(1, len(regions)) if regions[n].start - regions[n - 1].end >= _PAUSE_S]
    positions = [anchor.position for anchor in anchors]
    cuts: list[tuple[int, int]] = []
    for line in range(1, len(starts) - 1):
        after = bisect_left(positions, starts[line])
        if not 0 < after < len(anchors) or anchors[after].time - anchors[after - 1].time > _BLIND_S:
            continue
        earliest, latest = anchors[after - 1].time - _SLACK_S, anchors[after].time + _SLACK_S
        used = cuts[-1][1] if cuts else 0
        near = [
            (abs(clock.begin(n) - expected[line]), n)
            for n in pauses
            if n > used and earliest <= clock.begin(n) <= latest and abs(clock.begin(n) - expected[line]) <= _NEAR_S
        ]
        if near:
            cuts.append((line, min(near)[1]))
    return cuts


def _short(passage: Passage, expected: Sequence[float], clock: VoicedTime) -> list[Passage]:
    """The passage, divided where a line is expected to begin nearest to a region's begin, until it is short."""
    begin, end = clock.begin(passage.regions.start), clock.begin(passage.regions.stop)
    if end - begin <= LONGEST_S or len(passage.regions) == 1:
        return [passage]
    middle = (begin + end) / 2
    region = min(passage.regions[1:], key=lambda n: abs(clock.begin(n) - middle))
    at = clock.begin(region)
    line = min(range(passage.lines.start, passage.lines.stop + 1), key=lambda n: abs(expected[n] - at))
    left = Passage(range(passage.lines.start, line), range(passage.regions.start, region))
    right = Passage(range(line, passage.lines.stop), range(region, passage.regions.stop))
    return _short(left, expected, clock) + _short(right, expected, clock)
