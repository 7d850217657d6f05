"""A word of the transcript on the song's clock."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aik_audio.passages import Timed, to_song
from aik_audio.voice import Region

from aik_asr.port import Segment

_STRANDED_S = 1.0  # between the first word of a segment and the second: nobody sings a phrase like that
_SHORT_S = 0.3
SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True)
class SungWord:
    """`text` has the space before it if it has one; times in s of the song, probability 0…1.

    `opens`: the tool began a segment with it. `confirmed` is the share of the other hearings that have the word at
    the same time, 0…1; None where the song was heard only once.
    """

    text: str
    start: float
    end: float
    probability: float
    opens: bool = False
    confirmed: float | None = None

    @property
    def letters(self) -> str:
        """What is compared: letters and digits, without case."""
        return letters(self.text)


def letters(text: str) -> str:
    """What texts are compared by: letters and digits, without case, however their accents are encoded."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in plain if character.isalnum())


def on_song_clock(segments: Sequence[Segment], spans: Sequence[Region]) -> Iterator[SungWord]:
    """The words of what was heard in the samples of these spans, which lie end to end."""
    for segment in segments:
        timed = [to_song(Timed(word.start, word.end, word.probability), spans) for word in segment.words]
        for n, (word, time) in enumerate(zip(segment.words, _near(timed), strict=True)):
            yield SungWord(word.text, time.start, time.end, word.probability, opens=n == 0)


def _near(times: Sequence[Timed]) -> Sequence[Timed]:
    """A segment's times, the first word near the second: a model lets it begin with any sound before the phrase."""
    if len(times) < 2 or times[1].start - times[0].end < _STRANDED_S:
        return times
    first, second = times[:2]
    length = min(first.end - first.start, _SHORT_S)
    return [Timed(second.start - length, second.start, first.confidence), *times[1:]]
