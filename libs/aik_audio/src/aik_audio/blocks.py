"""Streams of samples, cut anew into blocks of one size."""

from collections.abc import Iterable, Iterator

import numpy as np

from aik_audio.samples import Samples

BLOCK = 1 << 16  # frames: 1.5 s and half a megabyte in stereo at 44.1 kHz


def regrouped(blocks: Iterable[Samples], frames: int) -> Iterator[Samples]:
    """The same samples in blocks of exactly so many frames; only the last one is shorter, and none is empty."""
    held: list[Samples] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block)
        if count >= frames:
            joined = np.concatenate(held)
            whole = count - count % frames
            yield from (joined[start : start + frames] for start in range(0, whole, frames))
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)
