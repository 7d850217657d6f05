"""A checkpoint is arrays; one that asks for more is refused before anything of it runs."""

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aik_separator.engine.checkpoint import read_checkpoint
from aik_service.models import WeightsDamaged


class Command:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (self.command,)


def checkpoint(path: Path, state: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        # As an older numpy named its module.
        content = pickle.dumps(state, protocol=2).replace(b"numpy._core", b"numpy.core")
        archive.writestr("net/data.pkl", content)
    return path


def test_arrays_are_read_as_they_were_written(tmp_path: Path) -> None:
    state = {"conv.weight": np.arange(6, dtype=np.float32).reshape(2, 3), "conv.bias": np.zeros(2, np.float32)}

    read = read_checkpoint(checkpoint(tmp_path / "net.ckpt", state))

    assert list(read) == list(state)
    for name, array in state.items():
        np.testing.assert_array_equal(read[name], array)


def test_a_checkpoint_that_would_run_a_command_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path / "net.ckpt", {"conv.weight": Command(f"touch {tmp_path}/ran")})

    with pytest.raises(WeightsDamaged):
        read_checkpoint(path)

    assert not (tmp_path / "ran").exists()
