"""Reads a PyTorch checkpoint of numpy arrays without PyTorch, and without running what a pickle may contain."""

import io
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from aik_service.models import WeightsDamaged
from numpy.typing import NDArray

Weights = Mapping[str, NDArray[np.float32]]


def _encoded(text: str, encoding: str) -> bytes:
    return text.encode(encoding)


ALLOWED: Mapping[tuple[str, str], Any] = {
    # numpy's own function, from wherever the installed version keeps it.
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encoded,
}


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return ALLOWED[module, name]
        except KeyError:
            raise WeightsDamaged(f"the checkpoint asks for {module}.{name}") from None


def read_checkpoint(path: Path) -> Weights:
    """The state dict of a network: parameter name → array. Raises WeightsDamaged for anything but arrays."""
    with zipfile.ZipFile(path) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        state: Weights = _ArraysOnly(io.BytesIO(archive.read(name))).load()
    return state
