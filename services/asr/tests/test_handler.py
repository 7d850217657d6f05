"""Vocals become a lyrics document, or are refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from aik_asr.handler import transcribe
from aik_asr.port import HeardWord, Segment
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of
from aik_lyrics import Lyrics
from aik_lyrics.documents import Hint
from aik_lyrics.words import tokens
from aik_service.step import BadInput, EngineIdentity, Progress, StepInput


class ScriptedTranscriber:
    """Hears the words that it was given, one every half second, and keeps how long and how loud what it heard was."""

    identity = EngineIdentity("scripted", "1")

    def __init__(self, *words: str, languages: Sequence[Mapping[str, float]] = ({"en": 0.9},)) -> None:
        self._words = [HeardWord(f" {word}", 0.1 + n / 2, 0.5 + n / 2, 0.9) for n, word in enumerate(words)]
        self._languages = iter(languages)
        self.asked: list[tuple[float, float, str]] = []
        self.sounded: list[float] = []

    def known(self, language: str) -> str | None:
        name = language.partition("-")[0]
        return name if name in ("en", "ru") else None

    def languages(self, samples: Samples) -> Mapping[str, float]:
        self.sounded.append(round(len(samples) / 16_000, 1))
        return next(self._languages)

    def transcribe(self, pieces: Iterable[Samples], language: str) -> Iterator[Sequence[Segment]]:
        for samples in pieces:
            self.asked.append((round(len(samples) / 16_000, 1), round(float(np.abs(samples).mean()), 1), language))
            yield [Segment(self._words, 0.1, 1.0)]


def sound(length_s: float, level: float, *spans: tuple[float, float]) -> Samples:
    """Of one level from the one to the other second, else silent."""
    samples = np.zeros((round(length_s * SAMPLE_RATE), 2), np.float32)
    for start, end in spans:
        samples[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] = level
    return samples


def step(
    folder: Path, vocals: Samples, music: Samples | None = None, *, job: str = "job-1", language: str | None = None
) -> StepInput:
    files = {"vocals": flac_of(vocals, folder / "vocals.flac")}
    if music is not None:
        files["accompaniment"] = flac_of(music, folder / "accompaniment.flac")
    return StepInput(track_id="trk", job_id=job, version=1, files=files, out=folder, language=language)


def ignore(share: float) -> None:
    pass


def heard(step: StepInput, engine: ScriptedTranscriber, progress: Progress = ignore) -> Lyrics:
    return Lyrics.from_json(transcribe(step, engine, progress).files["lyrics"].read_bytes())


def test_lyrics_have_lines_a_hint_for_every_word_and_ids_that_follow_from_job_and_version(tmp_path: Path) -> None:
    song = step(tmp_path, sound(4, 0.5, (1, 3)), language="en-US")
    engine = ScriptedTranscriber("Hello,", "world", "again")
    lyrics = heard(song, engine)
    [line] = lyrics.lines
    assert (line.text, [word.text for word in line.words]) == ("Hello, world again", ["Hello,", "world", "again"])
    assert (lyrics.language, lyrics.source_text, lyrics.hints_from) == ("en", line.text, "transcript")
    times = [(950, 1350), (1450, 1850), (1950, 2350)]
    sure = [hint.confidence for hint in lyrics.hints or ()]
    assert lyrics.hints == tuple(
        Hint(word_id=word.id, start_ms=start, end_ms=end, confidence=confidence)
        for word, (start, end), confidence in zip(line.words, times, sure, strict=True)
    )
    assert all(confidence is not None and 0 < confidence < 1 for confidence in sure)
    assert heard(song, engine).to_json() == lyrics.to_json()
    other = step(tmp_path, sound(4, 0.5, (1, 3)), language="en-US", job="job-2")
    assert heard(other, engine).lines[0].id != line.id


def test_the_voice_is_heard_with_half_of_the_music_with_all_of_it_and_with_a_quarter(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("la", "lu")
    heard(step(tmp_path, sound(4, 0.2, (1, 3)), sound(3.5, 0.4, (0, 3.5)), language="ru"), engine)
    assert engine.asked == [(2.3, 0.4, "ru"), (2.3, 0.6, "ru"), (2.3, 0.3, "ru")]


def test_without_the_accompaniment_the_voice_is_heard_once(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("la", "lu")
    heard(step(tmp_path, sound(4, 0.2, (1, 3)), language="ru"), engine)
    assert engine.asked == [(2.3, 0.2, "ru")]


def test_a_language_that_is_not_given_or_not_known_is_the_one_that_the_longest_pieces_sound_like(
    tmp_path: Path,
) -> None:
    vocals = sound(100, 0.2, (1, 6), *((start, start + 9) for start in range(10, 91, 10)))
    votes = ({"en": 0.5, "ru": 0.4}, {"ru": 0.9, "en": 0.1}, {"en": 0.4, "uk": 0.3, "ru": 0.3})
    engine = ScriptedTranscriber("la", languages=votes)
    song = step(tmp_path, vocals, language="tlh")
    assert transcribe(song, engine, ignore).facts == {"language": "ru"}
    assert engine.sounded == [27.9, 27.9, 23.9]
    assert {language for _, _, language in engine.asked} == {"ru"}


def test_a_song_is_heard_in_pieces_of_voice_and_its_words_are_told_on_its_clock(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("one", "two")
    shares: list[float] = []
    vocals = sound(130, 0.2, (10, 19), (100, 109), (110, 119), (120, 128))
    lyrics = heard(step(tmp_path, vocals, language="en"), engine, shares.append)
    assert [length for length, _, _ in engine.asked] == [27.9, 8.3]
    assert [hint.start_ms for hint in lyrics.hints or ()] == [9_950, 10_450, 119_950, 120_450]
    assert lyrics.source_text == "one two\n\none two"
    assert [line.text for line in lyrics.lines] == ["one two", "one two"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_signs_that_mean_something_in_a_pasted_text_are_words_here(tmp_path: Path) -> None:
    lyrics = heard(step(tmp_path, sound(4, 0.5, (0, 4)), language="en"), ScriptedTranscriber("Anna:", "x2", "Am", "|"))
    [line] = lyrics.lines
    assert [word.text for word in line.words] == ["Anna:", "x2", "Am"]
    assert tokens(line.text) == [(word.text, word.after) for word in line.words]


def test_silence_is_refused_without_asking_the_engine(tmp_path: Path) -> None:
    engine = ScriptedTranscriber("you")
    with pytest.raises(BadInput) as refused:
        transcribe(step(tmp_path, sound(2, 0.0)), engine, ignore)
    assert (refused.value.code, engine.asked) == ("no-vocals", [])


def test_music_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        transcribe(step(tmp_path, sound(2, 0.5, (0, 2)), sound(2, 0.5, (0, 2))), ScriptedTranscriber(), ignore)
    assert refused.value.code == "no-vocals"
