"""How the stems of two engines differ: how long and how loud they are, and how much of the one is in the other."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from aik_audio.blocks import BLOCK
from aik_audio.decode import decode
from aik_audio.level import dbfs
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_service.differences import Measure, Measurements, Value
from aik_service.step import StepOutput

STEMS = {"vocals": "vocals", "accompaniment": "minus"}


@dataclass
class Sums:
    """Of two sounds, both channels together: frames, and sums of squares."""

    first_frames: int = 0
    second_frames: int = 0
    first: float = 0.0
    second: float = 0.0
    apart: float = 0.0
    """Of what is left when one is taken from the other; what only one of them has is left whole."""

    def add(self, first: Samples, second: Samples) -> None:
        length = max(len(first), len(second))
        self.first_frames += len(first)
        self.second_frames += len(second)
        self.first += _energy(first)
        self.second += _energy(second)
        self.apart += _energy(_padded(first, length) - _padded(second, length))

    @property
    def sdr(self) -> Value:
        """Signal-to-distortion ratio in dB, 10·log10(Σ first² / Σ (first − second)²): of the second, held against the
        first. A gain or a shift counts as distortion (Vincent et al. 2006 would allow for it)."""
        if self.apart == 0:
            return "identical"
        return round(10 * math.log10(self.first / self.apart), 2) if self.first else "the first is silent"


def stems(first: StepOutput, second: StepOutput) -> Measurements:
    """Reads block by block: memory is bounded, whatever the song's length."""
    return Measurements(measures=tuple(_measures(first, second)))


def _measures(first: StepOutput, second: StepOutput) -> Iterator[Measure]:
    for kind, name in STEMS.items():
        sums = sums_of(first.files[kind], second.files[kind])
        lengths = {"first": sums.first_frames / SAMPLE_RATE, "second": sums.second_frames / SAMPLE_RATE}
        yield Measure(name=f"{name}, length", unit="s", **{side: round(s, 3) for side, s in lengths.items()})
        yield Measure(
            name=f"{name}, level",
            unit="dBFS",
            first=_level(sums.first, sums.first_frames),
            second=_level(sums.second, sums.second_frames),
        )
        yield Measure(name=f"{name}, SDR", unit="dB", between=sums.sdr)


def sums_of(first: Path, second: Path) -> Sums:
    """Of two files, whatever their lengths."""
    sums, nothing = Sums(), np.zeros((0, 2), np.float32)
    for one, other in zip_longest(decode(first, block=BLOCK), decode(second, block=BLOCK), fillvalue=nothing):
        sums.add(one, other)
    return sums


def _level(energy: float, frames: int) -> Value:
    """Root mean square in dBFS."""
    return round(dbfs(math.sqrt(energy / (2 * frames))), 1) if energy else "silent"


def _energy(samples: Samples) -> float:
    return float(np.square(samples, dtype=np.float64).sum())


def _padded(samples: Samples, frames: int) -> Samples:
    return np.pad(samples, ((0, frames - len(samples)), (0, 0)))
