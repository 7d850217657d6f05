"""A long song is heard in windows, and what is heard there is told on the song's clock."""

from collections.abc import Sequence

import numpy as np
from aik_aligner.listening import listen
from aik_aligner.port import Heard, Timed
from aik_audio.samples import Samples
from aik_audio.voice import Region
from aik_lyrics import Word
from aik_service.step import EngineIdentity, Progress

SONG = np.random.default_rng(1).uniform(-0.5, 0.5, 7 * 60 * 16_000).astype(np.float32)


class OneWordAligner:
    """Hears one word a second after the start of every window; keeps the lengths in s and languages it was asked."""

    identity = EngineIdentity("one-word", "1")

    def __init__(self) -> None:
        self.asked: list[tuple[float, str | None]] = []

    def listen(self, samples: Samples, language: str | None, progress: Progress) -> Heard:
        self.asked.append((len(samples) / 16_000, language))
        progress(0.5)
        return Heard(language or "de", [("la", Timed(1.0, 1.5, 0.9))])

    def align(self, samples: Samples, words: Sequence[Word], language: str) -> Sequence[Timed | None]:
        return [None] * len(words)


def test_every_window_is_heard_in_the_language_of_the_first_one_and_told_on_the_songs_clock() -> None:
    aligner = OneWordAligner()
    shares: list[float] = []

    heard = listen(SONG, [Region(0.0, 420.0)], aligner, None, shares.append)

    lengths = [length for length, _ in aligner.asked]
    assert sum(lengths) == 420
    assert max(lengths) <= 180
    assert [language for _, language in aligner.asked] == [None, *["de"] * (len(lengths) - 1)]
    starts = [sum(lengths[:n]) for n in range(len(lengths))]
    assert heard == Heard("de", [("la", Timed(start + 1.0, start + 1.5, 0.9)) for start in starts])
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_windows_without_voice_are_not_heard() -> None:
    aligner = OneWordAligner()

    heard = listen(SONG, [Region(400.0, 401.0)], aligner, "en", lambda share: None)

    assert [language for _, language in aligner.asked] == ["en"]
    assert [timed.start > 240 for _, timed in heard.words] == [True]
