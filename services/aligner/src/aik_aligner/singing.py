"""What is sung, what the ear says of it, and where the words were found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from aik_audio.samples import Samples
from aik_audio.voice import Region

from aik_aligner.port import Timed


@dataclass(frozen=True)
class Singing:
    """The vocals and the music without them, mono at 16 kHz and equally long, and where the voice is.

    `told` are words in order of which somebody else says when they are sung.
    """

    samples: Samples
    regions: Sequence[Region]
    music: Samples | None = None
    told: Sequence[tuple[str, Timed]] = ()

    @property
    def length(self) -> float:
        """Of the voice, in s."""
        return sum(region.length for region in self.regions)

    def between(self, start: float, end: float) -> "Singing":
        """The part of it from one time to another, in s, on the same clock."""
        inside = [region for region in self.regions if region.end > start and region.start < end]
        told = [(word, timed) for word, timed in self.told if timed.end > start and timed.start < end]
        return replace(self, regions=[Region(max(start, r.start), min(end, r.end)) for r in inside], told=told)

    def with_music(self, share: float) -> Samples:
        """The vocals with so much of the music; the vocals alone where there is none."""
        return self.samples if self.music is None or share == 0 else self.samples + np.float32(share) * self.music


@dataclass(frozen=True)
class Evidence:
    """What the ear says: the language of the lyrics if nobody named it, the one that the singing sounds like, and the
    share of the lyrics' letters that a transcript has at the same place, 0…1; None where nobody listened."""

    language: str | None = None
    sounds_like: str | None = None
    agreement: float | None = None


@dataclass(frozen=True)
class Placed:
    """The times of the words that were found, by id, and the ids of the lines that nobody sings."""

    times: Mapping[str, Timed]
    unsung: frozenset[str]
    evidence: Evidence = Evidence()
