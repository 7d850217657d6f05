"""A song's spectrum cut into segments that overlap, and what became of them joined again by cross-fades."""

from collections.abc import Iterable, Iterator

import numpy as np

from aik_separator.engine.spectrogram import Spectrum

# Frames. Nets that halve their frames six times see each frame alike in every segment: 704 divides by 64.
SEGMENT = 768
OVERLAP = 64
STRIDE = SEGMENT - OVERLAP
# At a segment's ends, half a second, masks are far off: the net misses what lies beside. There the neighbour's count.
MARGIN = 24
# A short segment has too little around it: the last one has at least so many frames of its own, or is longer instead.
LEAST = 128

FADE = np.clip((np.arange(OVERLAP, dtype=np.float32) + 0.5 - MARGIN) / (OVERLAP - 2 * MARGIN), 0, 1)[:, np.newaxis]


def segments(blocks: Iterable[Spectrum]) -> Iterator[Spectrum]:
    """Blocks of any size, (channels, frames, bins) → SEGMENT frames every STRIDE, and a last one of what is left.

    The last has OVERLAP + LEAST frames or more, up to SEGMENT + LEAST - 1; a song that is shorter is one segment.
    """
    held: Spectrum | None = None
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        while held.shape[1] >= SEGMENT + LEAST:
            yield held[:, :SEGMENT]
            held = held[:, STRIDE:]
    if held is not None:
        yield held


def joined(changed: Iterable[Spectrum]) -> Iterator[Spectrum]:
    """What was made of `segments`, frame by frame, in order → every frame of the song once."""
    tail: Spectrum | None = None
    for segment in changed:
        begin, rest = segment[:, :OVERLAP], segment[:, OVERLAP:]
        yield begin if tail is None else tail * (1 - FADE) + begin * FADE
        yield rest[:, :-OVERLAP]
        tail = rest[:, -OVERLAP:].copy()
    if tail is not None:
        yield tail
