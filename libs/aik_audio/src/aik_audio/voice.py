"""Where the voice is: stretches of the vocals that are not silent."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples

HOP_S = 0.02

_FLOOR_DBFS = -55.0  # what is quieter is never voice, however quiet the song is
_BELOW_LOUD_DB = 32.0  # a voice's quiet ends lie this far below its loud frames, the separator's bleed further
_SHORTEST_PAUSE_S = 0.2  # what is shorter is a consonant or a breath inside a phrase
_SHORTEST_VOICE_S = 0.12  # what is shorter is a click
_LONGEST_S = 10.0  # a longer stretch is divided where it is quietest
_AT_ONCE = 4096  # hops

Run = tuple[int, int]
"""A stretch of frames, its end not included."""


@dataclass(frozen=True)
class Region:
    """A stretch of the song with voice in it, in s."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


def voiced_regions(samples: Samples) -> tuple[Region, ...]:
    """The voiced stretches of mono samples at 16 kHz, in order, at most 10 s each; none if all is silent."""
    levels = frame_levels(samples, HOP_S)
    audible = levels[levels > _FLOOR_DBFS]
    if not audible.size:
        return ()
    threshold = max(_FLOOR_DBFS, float(np.percentile(audible, 90)) - _BELOW_LOUD_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], levels > threshold, [False]]).astype(np.int8)))
    runs = _joined([(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)])
    voiced = [run for run in runs if _seconds(run) >= _SHORTEST_VOICE_S]
    return tuple(Region(start * HOP_S, end * HOP_S) for run in voiced for start, end in _divided(run, levels))


def frame_levels(samples: Samples, hop_s: float) -> NDArray[np.float64]:
    """The RMS level of every hop of mono samples at 16 kHz, in dBFS."""
    hop = round(hop_s * SPEECH_RATE)
    frames = samples[: samples.size // hop * hop].reshape(-1, hop)
    # In parts: the squares of a whole song would take twice its memory.
    parts = [frames[start : start + _AT_ONCE] for start in range(0, len(frames), _AT_ONCE)]
    powers = [np.mean(np.square(part, dtype=np.float64), axis=1) for part in parts]
    levels: NDArray[np.float64] = 10 * np.log10(np.concatenate([np.zeros(0), *powers]) + 1e-12)
    return levels


def _seconds(run: Run) -> float:
    return (run[1] - run[0]) * HOP_S


def _joined(runs: Sequence[Run]) -> list[Run]:
    joined = list(runs[:1])
    for start, end in runs[1:]:
        if _seconds((joined[-1][1], start)) < _SHORTEST_PAUSE_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _divided(run: Run, levels: NDArray[np.float64]) -> list[Run]:
    start, end = run
    if _seconds(run) <= _LONGEST_S:
        return [run]
    third = (end - start) // 3
    at = start + third + int(np.argmin(levels[start + third : end - third]))
    return _divided((start, at), levels) + _divided((at, end), levels)
