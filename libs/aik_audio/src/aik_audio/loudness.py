"""How loud a song is and how high its peaks reach, as broadcasters measure it."""

import numpy as np
import pyloudnorm
import soxr

from aik_audio.level import dbfs
from aik_audio.samples import SAMPLE_RATE, Samples

OVERSAMPLING = 4
BLOCK = 1 << 16


def integrated_lufs(samples: Samples) -> float:
    """Gated loudness in LUFS by ITU-R BS.1770-4; -inf where nothing passes the gate. Needs at least 0.4 s."""
    return float(pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(samples))


def true_peak_dbtp(samples: Samples) -> float:
    """The highest peak between the samples in dBTP: 4 times oversampled as in ITU-R BS.1770-4, annex 2."""
    oversampler = soxr.ResampleStream(SAMPLE_RATE, SAMPLE_RATE * OVERSAMPLING, 2)
    highest = float(np.abs(samples).max(initial=0.0))
    for start in range(0, len(samples), BLOCK):
        block = np.ascontiguousarray(samples[start : start + BLOCK])
        finer = oversampler.resample_chunk(block, last=start + BLOCK >= len(samples))
        highest = max(highest, float(np.abs(finer).max(initial=0.0)))
    return dbfs(highest)
