"""How long a step may take: a base, and more for a longer song."""

from dataclasses import dataclass

from aik_events.track import Track

LONGEST_S = 3600.0
THINNEST_BYTES_PER_S = 8_000
"""64 kbit/s: what has not been decoded yet is taken for a song that is as long as this makes it, an hour at most."""


@dataclass(frozen=True)
class Sla:
    base_s: float
    factor: float
    """Seconds for each second of the song."""

    def limit_s(self, track: Track) -> float:
        return self.base_s + self.factor * _duration_s(track)


def _duration_s(track: Track) -> float:
    if track.duration_ms is not None:
        return track.duration_ms / 1000
    size = track.source.size_bytes if track.source else 0
    return min(size / THINNEST_BYTES_PER_S, LONGEST_S)
