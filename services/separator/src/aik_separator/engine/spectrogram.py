"""Short-time Fourier transform in blocks of frames, and its inverse by weighted overlap-add."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

WINDOW = 4096
HOP = 1024

Spectrum = NDArray[np.complex64]
Wave = NDArray[np.float32]

# Periodic Hann, which overlaps evenly at a quarter of its length.
HANN: Wave = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def frame_count(length: int) -> int:
    """How many frames, centered on the samples 0, HOP, 2·HOP …, cover so many samples."""
    return 1 + -(-length // HOP)


def spectra(wave: Wave, block: int) -> Iterator[Spectrum]:
    """(samples, channels) → blocks of at most `block` frames, each (channels, frames, WINDOW // 2 + 1).

    Beyond both ends of the wave there is silence, as with `torch.stft(center=True, pad_mode="constant")`.
    """
    frames = frame_count(len(wave))
    for first in range(0, frames, block):
        count = min(block, frames - first)
        start = first * HOP - WINDOW // 2
        samples = _cut(wave, start, start + (count - 1) * HOP + WINDOW)
        windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW, axis=1)[:, ::HOP]
        yield np.fft.rfft(windows * HANN, axis=2).astype(np.complex64, copy=False)


def _cut(wave: Wave, start: int, end: int) -> Wave:
    """(channels, end - start), silent where the wave isn't."""
    samples = np.zeros((wave.shape[1], end - start), np.float32)
    inside = slice(max(start, 0), min(end, len(wave)))
    samples[:, inside.start - start : inside.stop - start] = wave[inside].T
    return samples


class OverlapAdd:
    """Puts blocks of spectra, given in order, back together; remembers only what the next block still reaches.

    Griffin and Lim, 1984: the windowed frames are added and divided by the sum of the squared windows.
    """

    def __init__(self, channels: int) -> None:
        self._tail = np.zeros((channels, WINDOW - HOP), np.float32)
        self._weight_tail = np.zeros(WINDOW - HOP, np.float32)

    def add(self, block: Spectrum) -> Wave:
        """(channels, frames, bins) → (frames · HOP, channels): the samples that no later frame reaches.

        The first sample of the first block lies WINDOW // 2 before the wave's start.
        """
        frames = np.fft.irfft(block, WINDOW, axis=2).astype(np.float32, copy=False) * HANN
        count = frames.shape[1]
        wave = np.zeros((frames.shape[0], (count - 1) * HOP + WINDOW), np.float32)
        weight = np.zeros(wave.shape[1], np.float32)
        wave[:, : WINDOW - HOP] = self._tail
        weight[: WINDOW - HOP] = self._weight_tail
        for index in range(count):
            reach = slice(index * HOP, index * HOP + WINDOW)
            wave[:, reach] += frames[:, index]
            weight[reach] += HANN * HANN
        done = count * HOP
        self._tail, self._weight_tail = wave[:, done:], weight[done:]
        return _divided(wave[:, :done], weight[:done])

    def rest(self) -> Wave:
        """(WINDOW - HOP, channels): the samples after the last block."""
        return _divided(self._tail, self._weight_tail)


def _divided(wave: Wave, weight: Wave) -> Wave:
    # Only the outermost samples, which lie outside of the wave, are reached by next to no window.
    wave /= np.maximum(weight, np.float32(1e-8))
    return wave.T
