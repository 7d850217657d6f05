"""A song's voice is heard in pieces, and what is heard there is told on the song's clock."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from aik_aligner.listening import listen
from aik_aligner.port import Heard, Timed
from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_service.step import EngineIdentity

SONG = np.random.default_rng(1).uniform(-0.5, 0.5, 120 * 16_000).astype(np.float32)


class OneWordAligner:
    """Hears one word a second after the start of every piece; keeps the lengths in s and languages it was asked."""

    identity = EngineIdentity("one-word", "1")

    def __init__(self) -> None:
        self.asked: list[tuple[float, str]] = []

    def language_of(self, samples: Samples) -> str:
        return f"{len(samples) / 16_000:g} s"

    def listen(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[tuple[str, Timed]]]:
        for samples in pieces:
            self.asked.append((len(samples) / 16_000, language))
            yield [("la", Timed(1.0, 1.5, 0.9))]

    def align(self, samples: Samples, words: Sequence[str], language: str) -> Sequence[Timed | None]:
        return [None] * len(words)

    def by_sound(
        self, samples: Samples, lines: Sequence[Sequence[str]], language: str, *, all_sung: bool
    ) -> Sequence[Sequence[Timed | None]]:
        return [[None] * len(line) for line in lines]


def test_only_the_voice_is_heard_and_told_on_the_songs_clock() -> None:
    aligner = OneWordAligner()
    shares: list[float] = []
    heard = listen(SONG, [Region(10.0, 20.0), Region(80.0, 105.0)], aligner, "en", shares.append)
    assert aligner.asked == [(10.3, "en"), (25.3, "en")]
    words = [("la", Timed(10.85, 11.35, 0.9)), ("la", Timed(80.85, 81.35, 0.9))]
    assert heard == Heard("en", "25.3 s", words)
    assert shares == [0.5, 1.0]


def test_a_language_that_is_not_given_is_that_of_the_piece_with_the_most_voice() -> None:
    aligner = OneWordAligner()
    listen(SONG, [Region(10.0, 20.0), Region(80.0, 105.0)], aligner, None, lambda share: None)
    assert {language for _, language in aligner.asked} == {"25.3 s"}
