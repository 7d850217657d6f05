"""Blocks of samples as FFmpeg takes them."""

from fractions import Fraction
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from aik_audio.samples import SAMPLE_RATE


def frame_of(block: NDArray[Any], sample_format: str, start: int) -> AudioFrame:
    """(frames, 2) in the packed format that is named (`flt`, `s16`), with the number of its first frame as its time."""
    frame = AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format=sample_format, layout="stereo")
    frame.sample_rate = SAMPLE_RATE
    # Without times an encoder's delay is lost, and the song starts 23 ms late.
    frame.pts = start
    frame.time_base = Fraction(1, SAMPLE_RATE)
    return frame
