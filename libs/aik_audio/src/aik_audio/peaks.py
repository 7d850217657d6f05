"""Blocks of samples to the waveform that players (peaks.js, wavesurfer.js) draw, as audiowaveform writes it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from aik_audio.encode import Write
from aik_audio.samples import SAMPLE_RATE, Samples, sixteen_bit

SAMPLES_PER_PIXEL = 512
"""12 ms: what peaks.js shows at most, unless it is told otherwise."""


@contextmanager
def encode_peaks(path: Path, *, samples_per_pixel: int = SAMPLES_PER_PIXEL) -> Iterator[Write]:
    """The lowest and the highest sample of every pixel, −128…127, of both channels' mean; whole when the context ends.

    The last pixel may have fewer samples. The numbers are those of audiowaveform: all divisions are cut towards zero.
    """
    peaks = _Peaks(samples_per_pixel)
    yield peaks.write
    pixels = peaks.finish()
    document = {
        "version": 2,
        "channels": 1,
        "sample_rate": SAMPLE_RATE,
        "samples_per_pixel": samples_per_pixel,
        "bits": 8,
        "length": len(pixels),
        "data": pixels.ravel().tolist(),
    }
    path.write_text(json.dumps(document, separators=(",", ":")), "utf-8")


class _Peaks:
    """The pixels so far, and the samples that are too few for another one."""

    def __init__(self, samples_per_pixel: int) -> None:
        self._samples_per_pixel = samples_per_pixel
        self._pixels = [np.zeros((0, 2), np.int8)]
        self._held = np.zeros(0, np.int16)

    def write(self, block: Samples) -> None:
        samples = np.concatenate([self._held, _mean(block)])
        whole = len(samples) - len(samples) % self._samples_per_pixel
        self._pixels.append(_extremes(samples[:whole].reshape(-1, self._samples_per_pixel)))
        self._held = samples[whole:]

    def finish(self) -> NDArray[np.int8]:
        """Shape (pixels, 2)."""
        rest = [_extremes(self._held[np.newaxis])] if len(self._held) else []
        return np.concatenate([*self._pixels, *rest])


def _mean(block: Samples) -> NDArray[np.int16]:
    """Of both channels, as a 16-bit file has them."""
    sums: NDArray[np.int32] = sixteen_bit(block).sum(axis=1, dtype=np.int32)
    return np.trunc(sums / 2).astype(np.int16)


def _extremes(pixels: NDArray[np.int16]) -> NDArray[np.int8]:
    """Of shape (pixels, samples)."""
    ends = np.stack([pixels.min(axis=1), pixels.max(axis=1)], axis=1)
    return np.trunc(ends / 256).astype(np.int8)
