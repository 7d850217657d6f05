"""Long songs in windows that a speech model takes at once, cut where it is quiet."""

from collections.abc import Iterable, Iterator

import numpy as np

from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples

LONGEST_S = 180.0
"""What a speech model should hear at once: its memory grows with it. Songs that are no longer are heard in one go."""
HOP = SPEECH_RATE // 50  # 20 ms
QUIET_HOPS = 25  # half a second, in whose middle the cut is made


def windows(blocks: Iterable[Samples], longest_s: float) -> Iterator[Samples]:
    """Mono samples at 16 kHz, the same in windows of at most `longest_s` seconds, each but the last over 2/3 of that.

    Cut at the quietest half second of the last third; a song that is no longer is one window.
    """
    longest = round(longest_s * SPEECH_RATE)
    held: list[Samples] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block)
        while count > longest:
            joined = np.concatenate(held)
            cut = _quietest(joined, longest * 2 // 3, longest)
            yield joined[:cut]
            held, count = [joined[cut:]], count - cut
    if count:
        yield np.concatenate(held)


def _quietest(samples: Samples, start: int, end: int) -> int:
    """The middle of the quietest half second between two samples, the first one if there are several."""
    hops = samples[start : start + (end - start) // HOP * HOP].reshape(-1, HOP)
    energies = np.square(hops, dtype=np.float64).sum(axis=1)
    sums = np.convolve(energies, np.ones(QUIET_HOPS), mode="valid")
    return start + (int(np.argmin(sums)) * 2 + QUIET_HOPS) * HOP // 2
