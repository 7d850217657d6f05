"""Levels in dBFS: 0 is a square wave at full scale, so a full-scale sine has an RMS of -3.01."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from aik_audio.blocks import regrouped
from aik_audio.samples import SAMPLE_RATE, Samples

SILENCE_DBFS = -60.0
SILENCE_WINDOW_MS = 400


def dbfs(amplitude: float) -> float:
    """20·log10; -inf for nothing at all."""
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def rms_dbfs(samples: Samples) -> float:
    """Root mean square over all frames and channels, in dBFS."""
    return dbfs(math.sqrt(float(np.square(samples).mean(dtype=np.float64)))) if samples.size else -math.inf


def levels_dbfs(blocks: Iterable[Samples], window_ms: int, *, rate: int = SAMPLE_RATE) -> Iterator[float]:
    """The RMS of each window in dBFS, windows side by side from the first frame on; the last may be shorter."""
    return map(rms_dbfs, regrouped(blocks, rate * window_ms // 1000))


def voice_under_music_db(vocals: NDArray[np.float64], music: NDArray[np.float64], windows: int) -> float | None:
    """By how much the vocals are quieter than the music in their loudest windows, on average; None without windows.

    Both are levels in dBFS of the same windows. A voice comes out of its music now and then, however low it is mixed;
    what a separator takes for singing in music alone seldom does.
    """
    length = min(vocals.size, music.size)
    loudest = np.argsort(-vocals[:length], kind="stable")[:windows]
    return float(np.mean(music[loudest] - vocals[loudest])) if loudest.size else None


def is_silent(blocks: Iterable[Samples], *, rate: int = SAMPLE_RATE) -> bool:
    """Whether no stretch of 0.4 s reaches -60 dBFS; takes the blocks to their end."""
    return max(levels_dbfs(blocks, SILENCE_WINDOW_MS, rate=rate), default=-math.inf) < SILENCE_DBFS
