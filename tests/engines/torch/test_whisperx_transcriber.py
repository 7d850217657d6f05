"""whisperx keeps the rules of transcribers: Whisper base, int8, on a CPU."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from aik_asr.engine.whisperx import WhisperxTranscriber, load
from aik_asr.port import Transcriber
from aik_asr.settings import AsrSettings, WhisperxSettings
from aik_audio.decode import decode
from aik_audio.resample import SPEECH_RATE, mono_16k
from aik_audio.samples import Samples
from aik_service.device import Device, DeviceUnavailable
from aik_service.models import Model

from tests.engines.contract.device import DEVICE
from tests.engines.contract.singing import DEMO, TEXT
from tests.engines.contract.transcriber import Make, TranscriberContract, text_of
from tests.engines.torch.hearing_models import LackingWhisper, whisper_model

SETTINGS = AsrSettings(device=DEVICE)


def transcriber(model: Model, **settings: Any) -> WhisperxTranscriber:
    return WhisperxTranscriber(model, SETTINGS, WhisperxSettings(model=model.card.name, **{"batch": 4, **settings}))


class TestWhisperx(TranscriberContract):
    engine_name = "whisperx"

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, tmp_path_factory: pytest.TempPathFactory) -> Model:
        return whisper_model(tmp_path_factory.mktemp("models"))

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, model: Model) -> Make:
        return lambda: transcriber(model)

    def test_a_piece_longer_than_it_can_hear_is_refused(self, engine: Transcriber) -> None:
        with pytest.raises(ValueError, match=r"30\.1 s"):
            list(engine.transcribe([np.zeros(round(30.1 * SPEECH_RATE), np.float32)], "en"))

    def test_a_piece_without_a_voice_is_not_heard_where_voice_activity_is_asked_for(
        self, engine: Transcriber, model: Model, demo: Samples
    ) -> None:
        noise: Samples = np.random.default_rng(1).normal(0, 0.05, 4 * SPEECH_RATE).astype(np.float32)
        [nothing, sung, still_nothing] = engine.transcribe([noise, demo, noise], "en")
        assert (nothing, still_nothing) == ([], [])
        assert text_of(sung) == TEXT
        unasked = transcriber(model, voice_activity=False)
        [invented] = unasked.transcribe([noise], "en")
        assert invented != []
        assert unasked.identity != engine.identity

    def test_it_is_ready_when_it_has_heard_a_batch_of_silence(self, model: Model) -> None:
        engine = transcriber(model, batch=2)
        engine._whisper = lacking = LackingWhisper(model.folder, DEVICE, 2, 2, voice_activity=True, room=2)
        engine.warm_up()
        assert lacking.sizes == [2]


def test_without_voice_activity_an_empty_piece_is_not_heard_and_those_beside_it_are(tmp_path: Path) -> None:
    unasked = transcriber(whisper_model(tmp_path), voice_activity=False)
    demo = mono_16k(decode(DEMO), lambda share: None)
    nothing, sung = unasked.transcribe([np.zeros(0, np.float32), demo], "en")
    assert (nothing, text_of(sung)) == ([], TEXT)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_without_a_gpu_it_refuses_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_MODELS", str(tmp_path))
    monkeypatch.setenv("AIK_ASR_DEVICE", Device.CUDA)
    with pytest.raises(DeviceUnavailable, match="AIK_ASR_DEVICE=cpu"):
        load()
