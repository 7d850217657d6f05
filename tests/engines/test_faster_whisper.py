"""The default transcriber keeps the rules of transcribers."""

import pytest
from aik_asr.engine.faster_whisper import load

from tests.engines.contract.transcriber import Make, TranscriberContract


class TestFasterWhisper(TranscriberContract):
    engine_name = "faster-whisper"

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls) -> Make:
        return load
