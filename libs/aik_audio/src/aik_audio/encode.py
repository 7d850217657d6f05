"""Samples to the files that AIK stores and delivers; the same samples give the same bytes."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from numpy.typing import NDArray

from aik_audio.samples import SAMPLE_RATE, Samples

BLOCK = 1 << 16


def encode_flac(samples: Samples, path: Path) -> None:
    """Lossless, 16 bit; samples outside of -1…1 are clipped."""
    with av.open(str(path), "w", format="flac", options={"fflags": "+bitexact"}) as container:
        _encode(container, "flac", _frames(samples, "s16", _sixteen_bit))


def encode_m4a(samples: Samples, path: Path, *, bit_rate: int) -> None:
    """AAC-LC in MP4 for streaming, index first; bit/s over both channels; samples outside of -1…1 are clipped.

    An edit list tells players the encoder's delay and padding, so that it starts and ends with the samples.
    """
    options = {"fflags": "+bitexact", "movflags": "+faststart", "movie_timescale": str(SAMPLE_RATE)}
    with av.open(str(path), "w", format="ipod", options=options) as container:
        _encode(container, "aac", _frames(samples, "flt", _clipped), bit_rate)


def _encode(
    container: OutputContainer,
    codec: Literal["aac", "flac"],
    frames: Iterator[AudioFrame],
    bit_rate: int | None = None,
) -> None:
    stream = container.add_stream(codec, rate=SAMPLE_RATE, options={"flags": "+bitexact"}, layout="stereo")
    if bit_rate is not None:
        stream.bit_rate = bit_rate
    for frame in frames:
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _frames(samples: Samples, sample_format: str, convert: Callable[[Samples], NDArray[Any]]) -> Iterator[AudioFrame]:
    for start in range(0, len(samples), BLOCK):
        block = np.ascontiguousarray(convert(samples[start : start + BLOCK]))
        frame = AudioFrame.from_ndarray(block.reshape(1, -1), format=sample_format, layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        # Without times the encoder's delay is lost, and the song starts 23 ms late.
        frame.pts = start
        frame.time_base = Fraction(1, SAMPLE_RATE)
        yield frame


def _clipped(samples: Samples) -> Samples:
    inside: Samples = np.clip(samples, -1.0, 1.0)
    return inside


def _sixteen_bit(samples: Samples) -> NDArray[np.int16]:
    whole: NDArray[np.int16] = np.clip(np.rint(samples * 32768.0), -32768, 32767).astype(np.int16)
    return whole
