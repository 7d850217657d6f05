"""The default aligner keeps the rules of aligners, with pocketsphinx or without it."""

import pytest
from aik_aligner.engine.whisper_pocketsphinx import load

from tests.engines.contract.aligner import AlignerContract, Make


class TestWhisperPocketsphinx(AlignerContract):
    engine_name = load().identity.name  # whisper-attention on a Python that pocketsphinx has no package for

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls) -> Make:
        return load
