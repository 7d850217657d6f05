"""Spleeter keeps the rules of separators."""

from pathlib import Path

import pytest
from aik_separator.engine.spleeter import SpleeterSeparator

from tests.engines.contract.separator import Make, SeparatorContract


class TestSpleeter(SeparatorContract):
    engine_name = "spleeter"
    longest_step = 0.01

    @pytest.fixture(scope="class")
    @classmethod
    def make(cls, tmp_path_factory: pytest.TempPathFactory) -> Make:
        models: Path = tmp_path_factory.mktemp("models")
        return lambda: SpleeterSeparator(models, threads=2)
