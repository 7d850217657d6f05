"""What of the vocals' spectrum is in the minus, and noise that no music makes."""

import numpy as np
from aik_audio.samples import SAMPLE_RATE, Samples
from numpy.typing import NDArray

FRAME = SAMPLE_RATE // 10
FRAME_MS = 100

_BINS = slice(10, 1000)  # 100 Hz to 10 kHz
_STRONG = 0.1  # of a frame's strongest bin: there the voice is alone in its stem
_LOUD_DB = 25.0  # below the loudest frames
_FLATNESS = 0.3  # white noise has 0.56, music under 0.1, cymbals come near
_ABOVE_LOUD_DB = 6.0


class Spectra:
    """Takes equally long blocks of both stems, (frames, 2), all but the last of whole spectra."""

    def __init__(self) -> None:
        self._window = np.hanning(FRAME).astype(np.float32)
        self._frames: list[NDArray[np.float64]] = []

    def push(self, vocals: Samples, minus: Samples) -> None:
        voice, music = self._of(vocals), self._of(minus)
        power, left = np.abs(voice) ** 2, np.real(np.conj(voice) * music)
        strong = power >= _STRONG * power.max(axis=1, keepdims=True)
        noise = np.abs(music) ** 2 + 1e-12
        flatness = np.exp(np.log(noise).mean(axis=1)) / noise.mean(axis=1)
        columns = [(power * strong).sum(axis=1), (left * strong).sum(axis=1), noise.sum(axis=1), flatness]
        self._frames.append(np.stack(columns, axis=1))

    def _of(self, block: Samples) -> NDArray[np.complex128]:
        mono = block.mean(axis=1, dtype=np.float64)
        frames = np.pad(mono, (0, -len(mono) % FRAME)).reshape(-1, FRAME)
        spectra: NDArray[np.complex128] = np.fft.rfft(frames * self._window, axis=1)[:, _BINS]
        return spectra

    def residual(self) -> float | None:
        """How much of the vocals is in the minus, as a gain: 1 is all of it. None where nobody sings.

        The projection of the minus on the vocals, where these are strong. A soft mask leaves some of them, up to 0.15.
        """
        frames = self._all()
        power, left = frames[:, 0], frames[:, 1]
        loud = power > _loud(power) * 10 ** (-_LOUD_DB / 10)
        total = float(power[loud].sum())
        return max(0.0, float(left[loud].sum()) / total) if total > 0 else None

    def noise_burst_ms(self) -> int:
        """The longest stretch of the minus that is white noise and louder than its loud parts."""
        frames = self._all()
        power, flatness = frames[:, 2], frames[:, 3]
        noise = (flatness >= _FLATNESS) & (power > _loud(power) * 10 ** (_ABOVE_LOUD_DB / 10))
        edges = np.flatnonzero(np.diff(np.concatenate([[False], noise, [False]]).astype(np.int8)))
        return int(max(edges[1::2] - edges[::2], default=0)) * FRAME_MS

    def _all(self) -> NDArray[np.float64]:
        return np.concatenate([np.zeros((0, 4)), *self._frames])


def _loud(power: NDArray[np.float64]) -> float:
    return float(np.percentile(power, 95)) if power.size else 0.0
