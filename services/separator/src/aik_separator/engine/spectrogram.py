"""Short-time Fourier transform in blocks of frames, and its inverse by weighted overlap-add."""

from collections.abc import Iterable, Iterator

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


def spectra(wave: Iterable[Wave], block: int) -> Iterator[Spectrum]:
    """(samples, channels) in pieces → blocks of at most `block` frames, each (channels, frames, WINDOW // 2 + 1).

    Beyond both ends of the wave there is silence, as with `torch.stft(center=True, pad_mode="constant")`.
    """
    length = given = 0
    held: Wave | None = None
    for piece in wave:
        length += len(piece)
        held = np.concatenate([np.zeros((WINDOW // 2, piece.shape[1]), np.float32) if held is None else held, piece])
        while len(held) >= _reach(block):
            yield _transformed(held[: _reach(block)])
            given += block
            held = held[block * HOP :]
    while held is not None and given < frame_count(length):
        count = min(block, frame_count(length) - given)
        missing = max(0, _reach(count) - len(held))
        yield _transformed(np.pad(held, ((0, missing), (0, 0)))[: _reach(count)])
        given += count
        held = held[count * HOP :]


def _reach(frames: int) -> int:
    """How many samples so many frames need."""
    return (frames - 1) * HOP + WINDOW


def _transformed(samples: Wave) -> Spectrum:
    windows = np.lib.stride_tricks.sliding_window_view(samples.T, WINDOW, axis=1)[:, ::HOP]
    spectrum: Spectrum = np.fft.rfft(windows * HANN, axis=2).astype(np.complex64, copy=False)
    return spectrum


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
