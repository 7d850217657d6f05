"""What is sung in the whole song, heard roughly and window by window."""

from collections.abc import Sequence

import numpy as np
from aik_audio.blocks import BLOCK
from aik_audio.decode import Decoding
from aik_audio.resample import SPEECH_RATE, to_mono_16k
from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_audio.windows import LONGEST_S, windows
from aik_service.step import Progress, part

from aik_aligner.port import Aligner, Heard


def mono_16k(vocals: Decoding, progress: Progress) -> Samples:
    """All vocals, mono at 16 kHz."""
    # One buffer that grows: a list of blocks would need the song's memory twice when it is put together.
    content = bytearray()
    for block in to_mono_16k(vocals):
        content += block.tobytes()
        progress(vocals.share)
    return np.frombuffer(content, np.float32)


def listen(
    samples: Samples, regions: Sequence[Region], aligner: Aligner, language: str | None, progress: Progress
) -> Heard:
    """A transcript of the windows that have voice in them, on the song's clock; there is at least one region.

    All are heard in the language of the first one.
    """
    heard: list[Heard] = []
    duration = len(samples) / SPEECH_RATE
    start = 0.0
    for window in windows((samples[at : at + BLOCK] for at in range(0, len(samples), BLOCK)), LONGEST_S):
        end = start + len(window) / SPEECH_RATE
        if any(region.start < end and region.end > start for region in regions):
            known = heard[0].language if heard else language
            told = part(progress, start / duration, end / duration)
            heard.append(aligner.listen(window, known, told).later(start))
        start = end
        progress(end / duration)
    return Heard(heard[0].language, [word for one in heard for word in one.words])
