"""Vocals become a lyrics document, or are refused."""

from pathlib import Path

import numpy as np
import pytest
from aik_asr.handler import transcribe
from aik_asr.port import HeardWord, Segment, Transcript
from aik_audio.samples import Samples
from aik_audio.testing import flac_of
from aik_lyrics import Lyrics
from aik_service.step import BadInput, EngineIdentity, Progress, StepInput


class ScriptedTranscriber:
    """Hears the words that it was given, and keeps what it was asked."""

    identity = EngineIdentity("scripted", "1")

    def __init__(self, *words: str) -> None:
        self._words = [HeardWord(f" {word}", n, n + 0.9, 0.9) for n, word in enumerate(words)]
        self.asked: list[tuple[int, str | None]] = []

    def transcribe(self, samples: Samples, language: str | None, progress: Progress) -> Transcript:
        self.asked.append((samples.shape[0], language))
        progress(0.5)
        progress(1.0)
        return Transcript(language or "en", [Segment(self._words, 0.1, 1.0)])


def step(folder: Path, *, level: float = 0.5, job: str = "job-1", language: str | None = None) -> StepInput:
    vocals = folder / "vocals.flac"
    flac_of(np.full((44_100, 2), level, np.float32), vocals)
    return StepInput(track_id="trk", job_id=job, version=1, files={"vocals": vocals}, out=folder, language=language)


def ignore(share: float) -> None:
    pass


def test_lyrics_have_the_words_the_language_and_ids_that_follow_from_job_and_version(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("hello", "world")
    output = transcribe(step(tmp_path), engine, ignore)
    first = output.files["lyrics"].read_bytes()
    lyrics = Lyrics.from_json(first)
    assert [line.text for line in lyrics.lines] == ["hello world"]
    assert (lyrics.language, output.facts) == ("en", {"language": "en"})
    assert engine.asked == [(16_000, None)]
    assert transcribe(step(tmp_path), engine, ignore).files["lyrics"].read_bytes() == first
    assert transcribe(step(tmp_path, job="job-2"), engine, ignore).files["lyrics"].read_bytes() != first


def test_a_given_language_is_passed_on(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("привет")
    assert transcribe(step(tmp_path, language="ru"), engine, ignore).facts == {"language": "ru"}
    assert engine.asked == [(16_000, "ru")]


def test_silence_is_refused_without_asking_the_engine(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("you")
    with pytest.raises(BadInput) as refused:
        transcribe(step(tmp_path, level=0.0), engine, ignore)
    assert (refused.value.code, engine.asked) == ("no-vocals", [])


def test_music_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        transcribe(step(tmp_path), ScriptedTranscriber(), ignore)
    assert refused.value.code == "no-vocals"


def singing(folder: Path, *pauses: tuple[int, int]) -> Path:
    """Seven minutes of a constant sound with pauses, from the one to the other second."""
    samples = np.full((7 * 60 * 44_100, 2), 0.5, np.float32)
    for start, end in pauses:
        samples[start * 44_100 : end * 44_100] = 0
    return flac_of(samples, folder / "vocals.flac")


def test_a_long_song_is_heard_in_windows_cut_at_pauses_in_one_language(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("hello", "world")
    shares: list[float] = []
    vocals = singing(tmp_path, (150, 152), (300, 302))
    output = transcribe(StepInput(track_id="trk", files={"vocals": vocals}, out=tmp_path), engine, shares.append)

    frames = [length for length, _ in engine.asked]
    assert sum(frames) == 7 * 60 * 16_000
    assert [150 < sum(frames[:1]) / 16_000 < 152, 300 < sum(frames[:2]) / 16_000 < 302] == [True, True]
    assert [language for _, language in engine.asked] == [None, "en", "en"]
    lyrics = Lyrics.from_json(output.files["lyrics"].read_bytes())
    assert [line.text for line in lyrics.lines] == ["hello world"] * 3
    assert shares == sorted(shares)
    assert (len({*shares}) >= 6, shares[-1]) == (True, 1.0)


def test_a_window_without_a_sound_is_not_heard(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("you")
    vocals = singing(tmp_path, (0, 200), (201, 420))
    transcribe(StepInput(track_id="trk", files={"vocals": vocals}, out=tmp_path), engine, ignore)
    assert len(engine.asked) == 1


def test_a_later_segment_has_its_words_later_and_nothing_else_changed() -> None:
    segment = Segment([HeardWord(" hi", 0.5, 1.0, 0.9)], 0.1, 1.2)
    assert segment.later(180.25) == Segment([HeardWord(" hi", 180.75, 181.25, 0.9)], 0.1, 1.2)
