"""From a passage's regions to the samples that a tool hears, and from its answer back to the song."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aik_audio.clock import VoicedTime, region_of
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from aik_audio.voice import Region


@dataclass(frozen=True)
class Timed:
    """When a word is sung, in s from the start of the samples, and how sure that is, 0…1."""

    start: float
    end: float
    confidence: float


def cut_out(samples: Samples, regions: Sequence[Region]) -> Samples:
    """The regions of mono samples at 16 kHz, end to end."""
    parts = [samples[round(region.start * SPEECH_RATE) : round(region.end * SPEECH_RATE)] for region in regions]
    return np.concatenate(parts)


def to_song(timed: Timed, regions: Sequence[Region]) -> Timed:
    """A time within the cut-out samples as a time of the song, within the one region that holds most of it.

    An aligner that swallows a pause puts it into one word: the word is sung in one place, not across the pause.
    """
    clock = VoicedTime(regions)
    n = region_of(timed.start, timed.end, [Region(clock.begin(n), clock.begin(n + 1)) for n in range(len(regions))])
    return Timed(clock.song_time(timed.start, n), clock.song_time(timed.end, n), timed.confidence)


def to_voiced(timed: Timed, regions: Sequence[Region]) -> Timed:
    """A time of the song as a time within the cut-out samples, within the region that holds most of it."""
    clock = VoicedTime(regions)
    n = region_of(timed.start, timed.end, regions)
    region, begin = regions[n], clock.begin(n)
    start, end = (begin + min(max(time - region.start, 0.0), region.length) for time in (timed.start, timed.end))
    return Timed(start, end, timed.confidence)
