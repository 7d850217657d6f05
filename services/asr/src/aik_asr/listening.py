"""What is sung in a song, heard piece by piece and more than once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from aik_audio.passages import cut_out
from aik_audio.pieces import pieces
from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_service.step import Progress

from aik_asr.hearings import most_confirmed
from aik_asr.made_up import is_sung, without_made_up, without_squeezed
from aik_asr.port import Segment, Transcriber
from aik_asr.sung import SungWord, on_song_clock

# A model hears a voice better in some of its music than as a separator leaves it.
_MUSIC = (0.5, 1.0, 0.25)  # how much of the music the voice is heard with; of equally good hearings the first is taken
_VOTES = 3  # pieces that are asked for the language


@dataclass(frozen=True)
class Singing:
    """The vocals and the music without them, mono at 16 kHz and equally long, and where the voice is."""

    voice: Samples
    music: Samples | None
    regions: Sequence[Region]

    @property
    def shares(self) -> Sequence[float]:
        """How much of the music the voice can be heard with."""
        return _MUSIC if self.music is not None else (0.0,)

    def cut_out(self, spans: Sequence[Region], share: float) -> Samples:
        """The voice of these spans end to end, with so much of the music."""
        voice = cut_out(self.voice, spans)
        return voice if self.music is None or share == 0 else voice + np.float32(share) * cut_out(self.music, spans)


def language_of(singing: Singing, engine: Transcriber) -> str:
    """The language that the pieces with the most voice sound like, taken together; there is at least one region."""
    longest = sorted(pieces(singing.regions), key=_length, reverse=True)[:_VOTES]
    votes: Counter[str] = Counter()
    for spans in longest:
        votes.update(engine.languages(singing.cut_out(spans, singing.shares[0])))
    return max(sorted(votes), key=votes.__getitem__)


def listen(singing: Singing, language: str, engine: Transcriber, progress: Progress) -> list[SungWord]:
    """The words that are sung, by time, without those that a model makes up.

    Only the voice is heard, in pieces that begin and end with it: silence makes a model invent words, and a pause makes
    it stretch them.
    """
    words: list[SungWord] = []
    cuts = list(pieces(singing.regions))
    asked = (singing.cut_out(spans, share) for spans in cuts for share in singing.shares)
    heard = _told(engine.transcribe(asked, language), len(cuts) * len(singing.shares), progress)
    for spans in cuts:
        hearings = [_believable(next(heard), spans) for _ in singing.shares]
        words += without_made_up(most_confirmed(hearings))
    return words


def _told(heard: Iterable[Sequence[Segment]], count: int, progress: Progress) -> Iterator[Sequence[Segment]]:
    for n, segments in enumerate(heard, start=1):
        progress(n / count)
        yield segments


def _believable(segments: Sequence[Segment], spans: Sequence[Region]) -> list[SungWord]:
    return without_squeezed(list(on_song_clock([segment for segment in segments if is_sung(segment)], spans)))


def _length(spans: Sequence[Region]) -> float:
    return sum(span.length for span in spans)
