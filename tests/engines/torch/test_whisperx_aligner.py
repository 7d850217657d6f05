"""whisperx keeps the rules of aligners: Whisper base and wav2vec2 with random weights, on a CPU."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from aik_aligner.engine.pocketsphinx import SoundAligner
from aik_aligner.engine.wav2vec2 import LetterAligner
from aik_aligner.engine.whisperx import WhisperxAligner, load
from aik_aligner.letter_models import LETTER_MODELS
from aik_aligner.port import Aligner, Timed
from aik_aligner.settings import AlignerSettings, WhisperxSettings
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from aik_service.device import Device, DeviceUnavailable, at_once
from aik_service.models import Model

from tests.engines.contract.aligner import WORDS, AlignerContract, Make
from tests.engines.contract.device import DEVICE
from tests.engines.torch.hearing_models import LackingWhisper, letter_model, whisper_model


class TestWhisperx(AlignerContract):
    engine_name = "whisperx"

    @pytest.fixture(scope="class")
    @classmethod
    def models(cls, tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Model]:
        """Whisper, and the letters of English."""
        folder = tmp_path_factory.mktemp("models")
        return whisper_model(folder), letter_model(folder, LETTER_MODELS["en"])

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, models: tuple[Model, Model]) -> Make:
        whisper, letters = models
        own = WhisperxSettings(model=whisper.card.name, batch=4, languages=("en",))
        return lambda: WhisperxAligner(whisper, {"en": letters}, AlignerSettings(device=DEVICE), own)

    def test_a_language_without_a_model_of_its_letters_is_aligned_as_the_default_engine_does_it(
        self, engine: Aligner, demo: Samples
    ) -> None:
        line = [" мама", " мыла", " раму"]
        found = engine.by_sound(demo, [line], "ru", all_sung=True)
        assert found == SoundAligner().by_sound(demo, [line], "ru", all_sung=True)
        english = engine.by_sound(demo, [WORDS], "en-US", all_sung=True)
        assert english != SoundAligner().by_sound(demo, [WORDS], "en", all_sung=True)

    def test_the_identity_names_the_model_of_each_language(self, engine: Aligner, models: tuple[Model, Model]) -> None:
        known = {"en": {"model": "wav2vec2-base-960h", "sha256": models[1].sha256}}
        assert engine.identity.parameters["letters"] == known

    def test_it_is_ready_when_both_models_have_heard_silence(self, make: Make, models: tuple[Model, Model]) -> None:
        engine = make()
        assert isinstance(engine, WhisperxAligner)
        engine._whisper = lacking = LackingWhisper(models[0].folder, DEVICE, 4, 2, voice_activity=False, room=4)
        heard: list[int] = []
        with engine._letters.of("en") as hearing:
            net, _ = hearing._loaded
        net.register_forward_hook(lambda net, given, found: heard.append(len(given[0])))
        engine.warm_up()
        assert (lacking.sizes, heard) == ([4], [at_once(DEVICE, 4)])


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return letter_model(tmp_path_factory.mktemp("models"), "letters").folder


def noise(seconds: float) -> Samples:
    return np.random.default_rng(3).normal(0, 0.1, round(seconds * SPEECH_RATE)).astype(np.float32)


def test_a_frame_is_heard_every_20_ms_of_a_song_of_any_length(letters: Path) -> None:
    aligner = LetterAligner(letters, "en", DEVICE, batch=2)
    counts = {seconds: len(aligner.emissions(noise(seconds))) for seconds in (0.1, 30, 30.01, 65.53)}
    assert counts == {0.1: 5, 30: 1500, 30.01: 1501, 65.53: 3277}


@pytest.mark.parametrize("batch", [1, 3])
def test_times_do_not_depend_on_the_batch(letters: Path, batch: int) -> None:
    samples, lines = noise(100), [WORDS] * 8
    found, other = [
        LetterAligner(letters, "en", DEVICE, batch=size).by_sound(samples, lines, all_sung=True) for size in (2, batch)
    ]
    assert starts(found) == pytest.approx(starts(other), abs=0.05)


def test_what_is_heard_of_a_song_does_not_depend_on_those_in_the_same_batch(letters: Path) -> None:
    song, other = noise(61), noise(95)[::-1].copy()
    alone = LetterAligner(letters, "en", DEVICE, batch=4).emissions(song)
    company = LetterAligner(letters, "en", DEVICE, batch=4, delay_s=0.5)
    with ThreadPoolExecutor(3) as pool:
        first, _, last = pool.map(company.emissions, [song, other, song])
    assert first.tobytes() == last.tobytes() == alone.tobytes()


def starts(found: Sequence[Sequence[Timed | None]]) -> list[float]:
    return [timed.start for line in found for timed in line if timed is not None]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_without_a_gpu_it_refuses_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_MODELS", str(tmp_path))
    monkeypatch.setenv("AIK_ALIGNER_DEVICE", Device.CUDA)
    with pytest.raises(DeviceUnavailable, match="AIK_ALIGNER_DEVICE=cpu"):
        load()
