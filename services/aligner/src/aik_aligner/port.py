"""What the aligner wants from a tool."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from aik_audio.passages import Timed
from aik_audio.samples import Samples
from aik_service.step import Engine

__all__ = ["Aligner", "Heard", "Timed"]


@dataclass(frozen=True)
class Heard:
    """A rough transcript: the language that it was made in, the one that the singing sounds like, words in order.

    `sounds_like` is None where nobody listened.
    """

    language: str
    sounds_like: str | None
    words: Sequence[tuple[str, Timed]]


class Aligner(Engine, Protocol):
    """All methods take mono samples at 16 kHz, at most 30 s but for `by_sound`.

    The same question has the same answer, whatever was asked before or is asked by other threads meanwhile: on a CPU.
    On a GPU last digits, and so a close choice of words or times, may depend on the size of Whisper's batch, which
    other threads and a lack of memory change.
    """

    def language_of(self, samples: Samples) -> str:
        """The short code of the language that is most likely sung there."""
        ...

    def listen(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[tuple[str, Timed]]]:
        """A rough transcript of each piece, one a piece in their order, for anchors only: words in order.

        A tool that is faster so hears several at once: it takes as many pieces as that before its first answer.
        """
        ...

    def align(self, samples: Samples, words: Sequence[str], language: str) -> Sequence[Timed | None]:
        """One answer per word, starts never decreasing; None for a word that the tool can't place.

        Words come with the space before them, if there is one. The samples hold nothing but these words.
        """
        ...

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
    ) -> Sequence[Sequence[Timed | None]]:
        """Like align for whole lines, of any length, and by how words sound instead of what is likely to be said.

        Confidence tells how well a word's sounds fit. Unless all lines are sung, some may have no times. None for all
        words where the tool has no way to do it.
        """
        ...
