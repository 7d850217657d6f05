"""A song's voice in pieces that a model hears at once."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from aik_audio.voice import Region

PIECE_S = 28.0  # of voice: Whisper hears 30 s at once
_MARGIN_S = 0.15  # around the voice: its soft ends, and a pause between phrases that can be heard


def pieces(regions: Sequence[Region]) -> Iterator[Sequence[Region]]:
    """The regions with a little silence around them, in order, in groups of at most 28 s; no regions have no pieces."""
    if not regions:
        return
    piece: list[Region] = []
    for region in _widened(regions):
        if piece and sum(one.length for one in piece) + region.length > PIECE_S:
            yield piece
            piece = []
        piece.append(region)
    yield piece


def _widened(regions: Sequence[Region]) -> list[Region]:
    """Where two meet, half of the silence goes to each."""
    starts = [0.0, *((a.end + b.start) / 2 for a, b in pairwise(regions))]
    ends = [*starts[1:], float("inf")]
    return [
        Region(max(start, region.start - _MARGIN_S), min(end, region.end + _MARGIN_S))
        for region, start, end in zip(regions, starts, ends, strict=True)
    ]
