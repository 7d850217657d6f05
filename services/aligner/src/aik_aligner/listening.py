"""What is sung in a song, heard roughly and piece by piece."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from aik_audio.decode import Decoding
from aik_audio.resample import to_mono_16k
from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_service.step import Progress

from aik_aligner.passages import cut_out, to_song
from aik_aligner.port import Aligner, Heard

PIECE_S = 28.0  # of voice: Whisper hears 30 s at once
_MARGIN_S = 0.15  # around the voice: its soft ends, and a pause between phrases that can be heard


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
    """A transcript on the song's clock; there is at least one region.

    Only the voice is heard, in pieces that begin and end with it: silence makes a model invent words, and a pause makes
    it stretch them.
    """
    cuts = list(pieces(regions))
    sounds = sounds_like(samples, cuts, aligner)
    words = []
    for done, spans in enumerate(cuts, start=1):
        heard = aligner.listen(cut_out(samples, spans), language or sounds)
        words += [(text, to_song(timed, spans)) for text, timed in heard]
        progress(done / len(cuts))
    return Heard(language or sounds, sounds, words)


def sounds_like(samples: Samples, cuts: Sequence[Sequence[Region]], aligner: Aligner) -> str:
    """The language of the piece with the most voice."""
    longest = max(cuts, key=lambda spans: sum(span.length for span in spans))
    return aligner.language_of(cut_out(samples, longest))


def pieces(regions: Sequence[Region]) -> Iterator[Sequence[Region]]:
    """The regions with a little silence around them, in order, in groups of at most 28 s."""
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
