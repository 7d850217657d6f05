"""Both stems in one pass, block by block: levels, loudness, clipping, what of the vocals is left in the minus."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from aik_audio.decode import decode
from aik_audio.level import rms_dbfs
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_service.step import Progress
from numpy.typing import NDArray

from aik_qc.port import Loudness, Meter
from aik_qc.spectra import FRAME, Spectra
from aik_qc.voice import WINDOW_MS, Levels

_WINDOW = SAMPLE_RATE * WINDOW_MS // 1000
_BLOCK = 16 * FRAME  # whole windows and whole spectra
_FULL_SCALE = 32766.5 / 32768  # what 16 bits round to their last value
_NOTHING_DBFS = -120.0
_RUN = 3  # samples at full scale side by side: one alone is a peak, several are cut off


@dataclass(frozen=True)
class Sounds:
    """What was measured; times in ms, shares 0…1. The minus is the accompaniment, the mix is both together."""

    vocals_ms: int
    minus_ms: int
    vocals_levels: Levels
    minus_levels: Levels
    minus: Loudness
    mix: Loudness
    vocals_clipped: float
    minus_clipped: float
    mix_clipped: float
    residual: float | None
    noise_burst_ms: int

    def to_json(self) -> bytes:
        levels = {"vocals_levels": self.vocals_levels.tolist(), "minus_levels": self.minus_levels.tolist()}
        return json.dumps({**asdict(self), **levels}).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Sounds":
        """What `to_json` wrote, to the last digit."""
        found = json.loads(content)
        levels = {name: np.array(found[name], np.float64) for name in ("vocals_levels", "minus_levels")}
        loudness = {name: Loudness(**found[name]) for name in ("minus", "mix")}
        return cls(**{**found, **levels, **loudness})


def listen(vocals: Path, accompaniment: Path, meter: Meter, progress: Progress) -> Sounds:
    """Memory is bounded but for 400 numbers a second."""
    voice, minus, mix = _Sound(), _Sound(), _Sound()
    minus_gauge, mix_gauge = meter.gauge(), meter.gauge()
    spectra = Spectra()
    for singing, music, share in _blocks(vocals, accompaniment):
        both = np.clip(_as_long(singing, music) + _as_long(music, singing), -1.0, 1.0)
        for sound, block in ((voice, singing), (minus, music), (mix, both)):
            sound.push(block)
        minus_gauge.push(music)
        mix_gauge.push(both)
        spectra.push(_as_long(singing, music), _as_long(music, singing))
        progress(share)
    return Sounds(
        vocals_ms=voice.frames * 1000 // SAMPLE_RATE,
        minus_ms=minus.frames * 1000 // SAMPLE_RATE,
        vocals_levels=voice.levels,
        minus_levels=minus.levels,
        minus=minus_gauge.loudness(),
        mix=mix_gauge.loudness(),
        vocals_clipped=voice.clipped,
        minus_clipped=minus.clipped,
        mix_clipped=mix.clipped,
        residual=spectra.residual(),
        noise_burst_ms=spectra.noise_burst_ms(),
    )


def _blocks(vocals: Path, accompaniment: Path) -> Iterator[tuple[Samples, Samples, float]]:
    """The same stretch of both, and the share of the song that is read with it; a stem that has ended is empty."""
    singing, music = decode(vocals, block=_BLOCK), decode(accompaniment, block=_BLOCK)
    nothing = np.zeros((0, 2), np.float32)
    for voice, minus in zip_longest(singing, music, fillvalue=nothing):
        yield voice, minus, min(singing.share, music.share)


def _as_long(block: Samples, other: Samples) -> Samples:
    missing = len(other) - len(block)
    return np.concatenate([block, np.zeros((missing, 2), np.float32)]) if missing > 0 else block


class _Sound:
    """One sound's length, levels and clipped samples, while its blocks come; all but the last are whole windows."""

    def __init__(self) -> None:
        self.frames = 0
        self._levels: list[float] = []
        self._clipped = 0

    def push(self, block: Samples) -> None:
        self.frames += len(block)
        self._clipped += _cut_off(np.abs(block) >= _FULL_SCALE)
        for start in range(0, len(block), _WINDOW):
            self._levels.append(max(_NOTHING_DBFS, rms_dbfs(block[start : start + _WINDOW])))

    @property
    def levels(self) -> Levels:
        return np.array(self._levels, np.float64)

    @property
    def clipped(self) -> float:
        return self._clipped / max(1, 2 * self.frames)


def _cut_off(full: NDArray[np.bool_]) -> int:
    """How many samples are in runs at full scale, shape (frames, 2)."""
    if len(full) < _RUN or not full.any():
        return 0
    runs = full[:-2] & full[1:-1] & full[2:]
    inside = np.zeros_like(full)
    for n in range(_RUN):
        inside[n : len(full) - _RUN + 1 + n] |= runs
    return int(inside.sum())
