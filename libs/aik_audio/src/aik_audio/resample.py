"""Samples at the rate that speech models want."""

import soxr

from aik_audio.samples import SAMPLE_RATE, Samples

SPEECH_RATE = 16_000


def to_mono_16k(samples: Samples) -> Samples:
    """Stereo of shape (frames, 2) at 44.1 kHz → mono of shape (frames',) at 16 kHz: the mean of both channels."""
    mono: Samples = soxr.resample(samples.mean(axis=1), SAMPLE_RATE, SPEECH_RATE)
    return mono
