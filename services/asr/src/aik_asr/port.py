"""What the transcriber wants from a tool."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aik_audio.samples import Samples
from aik_service.step import Engine


@dataclass(frozen=True)
class HeardWord:
    """A word as the tool spells it, with the space before it if it has one; times in s, probability 0…1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True)
class Segment:
    """What the tool heard in one go, its words in order.

    `no_speech` is how likely nothing was sung there, 0…1; `repetition` how many times longer the text is than
    zlib makes it: 1 to 2 for verses, far more for a model that loops.
    """

    words: Sequence[HeardWord]
    no_speech: float
    repetition: float


class Transcriber(Engine, Protocol):
    """Takes mono samples at 16 kHz, at most 30 s, that begin and end with a voice.

    The same question has the same answer, whatever was asked before or is asked by other threads meanwhile: on a CPU.
    On a GPU last digits, and so a close choice of words, may depend on the size of Whisper's batch, which other threads
    and a lack of memory change.
    """

    def known(self, language: str) -> str | None:
        """The tool's short code for a language tag such as en-US; None for a language that it doesn't know."""
        ...

    def languages(self, samples: Samples) -> Mapping[str, float]:
        """How likely each of the tool's languages is sung there, by short code, 0…1."""
        ...

    def transcribe(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[Segment]]:
        """What is sung in each piece, one answer a piece in their order, in a language that the tool knows.

        A tool that is faster so hears several at once: it takes as many pieces as that before its first answer. Times
        are in s from the start of the piece. Where nobody sings it may invent words; a word may be as short as nothing.
        """
        ...
