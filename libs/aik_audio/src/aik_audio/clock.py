"""The song's clock: as people read it, and with the silence cut out."""

from collections.abc import Sequence

import numpy as np

from aik_audio.voice import Region


def read(ms: int) -> str:
    """A time of the song, in ms, as 1:02.345."""
    return f"{ms // 60_000}:{ms % 60_000 / 1000:06.3f}"


class VoicedTime:
    """The song's clock with the silence cut out: it stands still between the regions. Times in s."""

    def __init__(self, regions: Sequence[Region]) -> None:
        """`regions` in order and not overlapping."""
        self._regions = tuple(regions)
        self._begins = np.concatenate([[0.0], np.cumsum([region.length for region in regions])])

    @property
    def length(self) -> float:
        return float(self._begins[-1])

    def begin(self, n: int) -> float:
        """When the n-th region begins; the number of the regions stands for the end."""
        return float(self._begins[n])

    def song_time(self, time: float, n: int) -> float:
        """The song's time at a time of this clock, which is taken as lying in the n-th region."""
        region = self._regions[n]
        return min(max(region.start + time - self.begin(n), region.start), region.end)


def region_of(start: float, end: float, regions: Sequence[Region]) -> int:
    """Which region holds most of a span, or lies nearest to it; there is at least one region. Times in s."""
    overlaps = [min(end, region.end) - max(start, region.start) for region in regions]
    return max(range(len(regions)), key=overlaps.__getitem__)
