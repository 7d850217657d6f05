"""What the transcriber wants from a tool."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aik_audio.samples import Samples
from aik_service.step import Engine, Progress


@dataclass(frozen=True)
class HeardWord:
    """A word as the tool spells it, with the space before it if it has one; times in s, probability 0…1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Segment:
    """What the tool heard in one go.

    `no_speech` is how likely nothing was sung there, 0…1; `repetition` how many times longer the text is than
    zlib makes it: 1 to 2 for verses, far more for a model that loops.
    """

    words: Sequence[HeardWord]
    no_speech: float
    repetition: float

    def later(self, seconds: float) -> "Segment":
        """The same, so much later."""
        words = [replace(word, start=word.start + seconds, end=word.end + seconds) for word in self.words]
        return replace(self, words=words)


@dataclass(frozen=True)
class Transcript:
    """The language's short code, and the segments by time."""

    language: str
    segments: Sequence[Segment]


class Transcriber(Engine, Protocol):
    """Takes mono samples at 16 kHz, three minutes at most; the same samples give the same transcript.

    A language it doesn't know, or None, is found by ear. Calls `progress` with the share that is done.
    """

    def transcribe(self, samples: Samples, language: str | None, progress: Progress) -> Transcript: ...
