"""What the quality check wants from a tool."""

from dataclasses import dataclass
from typing import Protocol

from aik_audio.samples import Samples
from aik_service.step import Engine

from aik_qc.settings import QcSettings


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dBTP; None where there is no sound at all."""

    lufs: float | None
    true_peak_dbtp: float | None


class Gauge(Protocol):
    """Takes blocks of shape (frames, 2) at 44.1 kHz; the same samples measure the same, however they are cut."""

    def push(self, block: Samples) -> None: ...

    def loudness(self) -> Loudness:
        """Of all blocks; asked once."""
        ...


class Meter(Engine, Protocol):
    """`limits` are part of the identity, since they decide the verdict."""

    @property
    def limits(self) -> QcSettings: ...

    def gauge(self) -> Gauge:
        """A new one, for one sound."""
        ...
