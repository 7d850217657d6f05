"""Passages cut where a line begins with the voice after a pause: few singers pause one word into a line."""

from collections.abc import Sequence
from itertools import pairwise

from aik_audio.clock import VoicedTime
from aik_audio.voice import Region

from aik_aligner.plan import Passage

_PAUSE_S = 0.5
_STRAYS = 2  # words that may lie on the other side of the pause and are taken for misplaced, …
_STRAYS_S = 1.5  # … if they take no longer


def at_pauses(passage: Passage, starts: Sequence[Sequence[float]], regions: Sequence[Region]) -> list[Passage]:
    """The passage, cut at each pause near which a line begins.

    `starts` are when each line's words begin, in s on the voiced clock of the regions.
    """
    clock = VoicedTime(regions)
    cuts = [(0, passage.regions.start)]
    for n in passage.regions[1:]:
        if regions[n].start - regions[n - 1].end >= _PAUSE_S:
            line = _line_at(clock.begin(n), starts)
            if line is not None and line > cuts[-1][0]:
                cuts.append((line, n))
    ends = [*cuts, (len(passage.lines), passage.regions.stop)]
    return [
        Passage(passage.lines[line:until], range(region, stop), tuple(words[0] for words in starts[line:until]))
        for (line, region), (until, stop) in pairwise(ends)
    ]


def _line_at(pause: float, starts: Sequence[Sequence[float]]) -> int | None:
    """The line that begins with the pause, but for strays; not the first one."""
    strays = {
        line: [start for start in starts[line] if start < pause]
        + [start for start in starts[line - 1] if start >= pause]
        for line in range(1, len(starts))
    }
    best = min(strays, key=lambda line: len(strays[line]), default=None)
    if best is None or len(strays[best]) > _STRAYS or any(abs(s - pause) > _STRAYS_S for s in strays[best]):
        return None
    return best
