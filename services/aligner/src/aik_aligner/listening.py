"""What is sung in a song, heard roughly and piece by piece."""

from collections.abc import Sequence

from aik_audio.passages import cut_out, to_song
from aik_audio.pieces import pieces
from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_service.step import Progress

from aik_aligner.port import Aligner, Heard


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
    transcripts = aligner.listen((cut_out(samples, spans) for spans in cuts), language or sounds)
    for done, (spans, heard) in enumerate(zip(cuts, transcripts, strict=True), start=1):
        words += [(text, to_song(timed, spans)) for text, timed in heard]
        progress(done / len(cuts))
    return Heard(language or sounds, sounds, words)


def sounds_like(samples: Samples, cuts: Sequence[Sequence[Region]], aligner: Aligner) -> str:
    """The language of the piece with the most voice."""
    longest = max(cuts, key=lambda spans: sum(span.length for span in spans))
    return aligner.language_of(cut_out(samples, longest))
