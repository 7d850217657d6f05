"""What the aligner wants from a tool."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aik_audio.samples import Samples
from aik_lyrics import Word
from aik_service.step import Engine, Progress


@dataclass(frozen=True)
class Timed:
    """When a word is sung, in s from the start of the samples, and how sure that is, 0…1."""

    start: float
    end: float
    confidence: float

    def later(self, seconds: float) -> "Timed":
        return Timed(self.start + seconds, self.end + seconds, self.confidence)


@dataclass(frozen=True)
class Heard:
    """A rough transcript: the language, and words in order with their times in s."""

    language: str
    words: Sequence[tuple[str, Timed]]

    def later(self, seconds: float) -> "Heard":
        """The same, so much later."""
        return Heard(self.language, [(text, timed.later(seconds)) for text, timed in self.words])


class Aligner(Engine, Protocol):
    """Both methods take mono samples at 16 kHz, and give the same answer for the same question."""

    def listen(self, samples: Samples, language: str | None, progress: Progress) -> Heard:
        """A rough transcript, for anchors only, of three minutes at most.

        A language it doesn't know, or None, is found by ear. Calls `progress` with the share that is done.
        """
        ...

    def align(self, samples: Samples, words: Sequence[Word], language: str) -> Sequence[Timed | None]:
        """One answer per word, starts never decreasing; None for a word that the tool can't place.

        Of a word only its text and what stands after it count. The samples are at most 30 s and hold nothing but
        these words.
        """
        ...
