"""Samples at the rate that speech models want."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import soxr

from aik_audio.decode import Decoding, decode
from aik_audio.samples import SAMPLE_RATE, Samples

SPEECH_RATE = 16_000


def to_mono_16k(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Blocks of (frames, 2) at 44.1 kHz → blocks of (frames',) at 16 kHz, some empty: the mean of both channels.

    The samples do not depend on how they are cut into blocks.
    """
    resampler = soxr.ResampleStream(SAMPLE_RATE, SPEECH_RATE, 1)
    for block in blocks:
        yield resampler.resample_chunk(block.mean(axis=1))
    yield resampler.resample_chunk(np.zeros(0, np.float32), last=True)


def mono_16k(song: Decoding, progress: Callable[[float], None]) -> Samples:
    """All of a song, mono at 16 kHz: 3.8 MB a minute."""
    # One buffer that grows: a list of blocks would need the song's memory twice when it is put together.
    content = bytearray()
    for block in to_mono_16k(song):
        content += block.tobytes()
        progress(song.share)
    return np.frombuffer(content, np.float32)


def other_stem_16k(path: Path | None, length: int, progress: Callable[[float], None]) -> Samples | None:
    """The stem beside one of `length` samples, mono at 16 kHz, cut or padded with silence to that; None without a path.

    Raises AudioError like `decode`.
    """
    if path is None:
        return None
    samples = mono_16k(decode(path), progress)[:length]
    return np.pad(samples, (0, length - len(samples)))
