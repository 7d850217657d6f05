"""Blocks of samples to the files that AIK stores and delivers; the same samples give the same bytes, however cut."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from aik_audio.frames import frame_of
from aik_audio.samples import SAMPLE_RATE, Samples, sixteen_bit

Write = Callable[[Samples], None]
"""Takes the next block, shape (frames, 2), 44.1 kHz; samples outside of -1…1 are clipped."""


@contextmanager
def encode_flac(path: Path) -> Iterator[Write]:
    """Lossless, 16 bit. The file is whole when the context ends."""
    with av.open(str(path), "w", format="flac", options={"fflags": "+bitexact"}) as container:
        encoding = _Encoding(container, "flac", "s16", sixteen_bit)
        yield encoding.write
        encoding.finish()


@contextmanager
def encode_m4a(path: Path, *, bit_rate: int) -> Iterator[Write]:
    """AAC-LC in MP4 for streaming, index first; bit/s over both channels. The file is whole when the context ends.

    An edit list tells players the encoder's delay and padding, so that it starts and ends with the samples.
    """
    options = {"fflags": "+bitexact", "movflags": "+faststart", "movie_timescale": str(SAMPLE_RATE)}
    with av.open(str(path), "w", format="ipod", options=options) as container:
        encoding = _Encoding(container, "aac", "flt", _clipped, bit_rate)
        yield encoding.write
        encoding.finish()


class _Encoding:
    """One stream of a container while it grows."""

    def __init__(
        self,
        container: OutputContainer,
        codec: Literal["aac", "flac"],
        sample_format: str,
        convert: Callable[[Samples], NDArray[Any]],
        bit_rate: int | None = None,
    ) -> None:
        self._container, self._format, self._convert = container, sample_format, convert
        self._stream = container.add_stream(codec, rate=SAMPLE_RATE, options={"flags": "+bitexact"}, layout="stereo")
        if bit_rate is not None:
            self._stream.bit_rate = bit_rate
        self._frames = 0

    def write(self, block: Samples) -> None:
        if len(block):
            frame = frame_of(self._convert(block), self._format, self._frames)
            self._container.mux(self._stream.encode(frame))
            self._frames += len(block)

    def finish(self) -> None:
        self._container.mux(self._stream.encode(None))


def _clipped(samples: Samples) -> Samples:
    inside: Samples = np.clip(samples, -1.0, 1.0)
    return inside
