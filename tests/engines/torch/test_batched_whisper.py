"""Where memory runs out while Whisper warms up, it does so in smaller batches, or says that memory lacks."""

import numpy as np
import pytest
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from aik_service.models import Model

from tests.engines.contract.device import DEVICE
from tests.engines.torch.hearing_models import LackingWhisper, whisper_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return whisper_model(tmp_path_factory.mktemp("models"))


def whisper(model: Model, room: int, *, voice_activity: bool = False) -> LackingWhisper:
    return LackingWhisper(model.folder, DEVICE, 4, 2, voice_activity=voice_activity, room=room)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SPEECH_RATE), np.float32)


def test_a_batch_that_does_not_fit_is_halved_while_it_warms_up_and_stays_so(model: Model) -> None:
    lacking = whisper(model, room=2)
    lacking.warm_up()
    assert lacking.sizes == [4, 2, 2]
    list(lacking.heard([silence(1)] * 3, "en"))
    assert lacking.sizes == [4, 2, 2, 2, 1]


def test_one_piece_that_does_not_fit_while_it_warms_up_is_a_memory_error(model: Model) -> None:
    with pytest.raises(MemoryError):
        whisper(model, room=0).warm_up()


@pytest.mark.parametrize("voice_activity", [True, False])
def test_silence_is_heard_while_it_warms_up_whatever_voice_activity_says(model: Model, voice_activity: bool) -> None:
    lacking = whisper(model, room=4, voice_activity=voice_activity)
    lacking.warm_up()
    assert lacking.sizes == [4]
    list(lacking.heard([silence(1)], "en"))
    assert lacking.sizes == ([4] if voice_activity else [4, 1])


def test_a_model_of_voice_activity_that_does_not_fit_is_a_memory_error(model: Model) -> None:
    class WithoutRoomForIt(LackingWhisper):
        def _has_voice(self, samples: Samples) -> bool:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    with pytest.raises(MemoryError):
        WithoutRoomForIt(model.folder, DEVICE, 4, 2, voice_activity=True, room=4).warm_up()
