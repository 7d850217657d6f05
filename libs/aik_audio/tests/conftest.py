"""Tones, and files of any format made from them."""

from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from numpy.typing import NDArray

Wave = NDArray[np.float32]


class Tone(Protocol):
    def __call__(
        self, seconds: float = 3.3, *, peak: float = 0.5, channels: int = 2, rate: int = 44_100, hz: float = 440
    ) -> Wave: ...


class Write(Protocol):
    def __call__(self, name: str, codec: str, wave: Wave, *, rate: int = 44_100) -> Path: ...


@pytest.fixture
def tone() -> Tone:
    def make(
        seconds: float = 3.3, *, peak: float = 0.5, channels: int = 2, rate: int = 44_100, hz: float = 440
    ) -> Wave:
        wave = peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
        return np.repeat(wave.astype(np.float32)[:, np.newaxis], channels, axis=1)

    return make


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes (frames, channels) by FFmpeg's encoder `codec` into a file whose name says the container."""

    def make(name: str, codec: str, wave: Wave, *, rate: int = 44_100) -> Path:
        layout = {1: "mono", 2: "stereo", 6: "5.1"}[wave.shape[1]]
        with av.open(str(tmp_path / name), "w") as container:
            stream = container.add_stream(codec, rate=rate, layout=layout)
            assert isinstance(stream, AudioStream)
            frame = AudioFrame.from_ndarray(wave.reshape(1, -1), format="flt", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return tmp_path / name

    return make
