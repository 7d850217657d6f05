"""Loudness by ITU-R BS.1770 through pyloudnorm, as aik_audio measures it."""

import math
from importlib.metadata import version

import numpy as np
from aik_audio.loudness import integrated_lufs, true_peak_dbtp
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_service.step import EngineIdentity

from aik_qc.port import Loudness
from aik_qc.settings import QcSettings

_SHORTEST_S = 0.4  # one block of the gated measure


class LoudnessMeter:
    """Needs no model; carries the limits that the check judges by."""

    def __init__(self, limits: QcSettings) -> None:
        self.limits = limits
        self.identity = EngineIdentity(
            name="loudness", version=f"pyloudnorm {version('pyloudnorm')}", parameters=limits.model_dump()
        )

    def measure(self, samples: Samples) -> Loudness:
        missing = max(0, math.ceil(_SHORTEST_S * SAMPLE_RATE) - len(samples))
        padded = np.pad(samples, ((0, missing), (0, 0)))
        return Loudness(_finite(integrated_lufs(padded)), _finite(true_peak_dbtp(samples)))


def _finite(level: float) -> float | None:
    return round(level, 2) if math.isfinite(level) else None


def load() -> LoudnessMeter:
    return LoudnessMeter(QcSettings())
