"""Levels in dBFS: 0 is a square wave at full scale, so a full-scale sine has an RMS of -3.01."""

import math

import numpy as np
from numpy.typing import NDArray

from aik_audio.samples import SAMPLE_RATE, Samples

SILENCE_DBFS = -60.0
SILENCE_WINDOW_MS = 400


def dbfs(amplitude: float) -> float:
    """20·log10; -inf for nothing at all."""
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def rms_dbfs(samples: Samples) -> float:
    """Root mean square over all frames and channels, in dBFS."""
    return dbfs(math.sqrt(float(np.square(samples).mean(dtype=np.float64)))) if samples.size else -math.inf


def levels_dbfs(samples: Samples, window_ms: int) -> NDArray[np.float64]:
    """The RMS of each window in dBFS, windows side by side from the first frame on; the last may be shorter."""
    frames = SAMPLE_RATE * window_ms // 1000
    windows = (samples[start : start + frames] for start in range(0, len(samples), frames))
    return np.array([rms_dbfs(window) for window in windows])


def is_silent(samples: Samples) -> bool:
    """Whether no stretch of 0.4 s reaches -60 dBFS."""
    return bool((levels_dbfs(samples, SILENCE_WINDOW_MS) < SILENCE_DBFS).all())
