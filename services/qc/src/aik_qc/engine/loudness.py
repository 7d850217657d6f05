"""Loudness by ITU-R BS.1770 through FFmpeg, as aik_audio measures it."""

import math
from importlib.metadata import version

from aik_audio.loudness import LoudnessMeter
from aik_audio.samples import Samples
from aik_events.environment import from_environment
from aik_service.step import EngineIdentity

from aik_qc.port import Loudness
from aik_qc.settings import QcSettings


class Ebur128Meter:
    """Needs no model; carries the limits that the check judges by."""

    def __init__(self, limits: QcSettings) -> None:
        self.limits = limits
        self.identity = EngineIdentity(
            name="ebur128", version=f"av {version('av')}", parameters=limits.model_dump(mode="json")
        )

    def gauge(self) -> "Ebur128Gauge":
        return Ebur128Gauge()


class Ebur128Gauge:
    def __init__(self) -> None:
        self._meter = LoudnessMeter()

    def push(self, block: Samples) -> None:
        self._meter.push(block)

    def loudness(self) -> Loudness:
        found = self._meter.loudness()
        return Loudness(_finite(found.integrated_lufs), _finite(found.true_peak_dbtp))


def _finite(level: float) -> float | None:
    return round(level, 2) if math.isfinite(level) else None


def load() -> Ebur128Meter:
    return Ebur128Meter(from_environment(QcSettings))
