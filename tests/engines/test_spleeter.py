"""Spleeter keeps the rules of separators."""

from pathlib import Path

import pytest
from aik_separator.engine.spleeter import SpleeterSeparator

from tests.engines.contract.separator import Make, SeparatorContract


class TestSpleeter(SeparatorContract):
    engine_name = "spleeter"
    # Its segments don't overlap: what it takes for a voice at the end of one may end within 40 ms in the next.
    longest_step = 0.2

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, tmp_path_factory: pytest.TempPathFactory) -> Make:
        models: Path = tmp_path_factory.mktemp("models")
        return lambda: SpleeterSeparator(models, threads=2)
