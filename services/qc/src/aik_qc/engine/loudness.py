"""Loudness by ITU-R BS.1770 through FFmpeg, as aik_audio measures it."""

import math
from collections.abc import Iterable
from importlib.metadata import version

from aik_audio.loudness import loudness
from aik_audio.samples import Samples
from aik_service.step import EngineIdentity

from aik_qc.port import Loudness
from aik_qc.settings import QcSettings


class LoudnessMeter:
    """Needs no model; carries the limits that the check judges by."""

    def __init__(self, limits: QcSettings) -> None:
        self.limits = limits
        self.identity = EngineIdentity(name="ebur128", version=f"av {version('av')}", parameters=limits.model_dump())

    def measure(self, blocks: Iterable[Samples]) -> Loudness:
        found = loudness(blocks)
        return Loudness(_finite(found.integrated_lufs), _finite(found.true_peak_dbtp))


def _finite(level: float) -> float | None:
    return round(level, 2) if math.isfinite(level) else None


def load() -> LoudnessMeter:
    return LoudnessMeter(QcSettings())
