"""Short sounds at once, for tests: what the services do block by block."""

from pathlib import Path

import numpy as np

from aik_audio.decode import decode
from aik_audio.encode import encode_flac
from aik_audio.samples import Samples


def samples_of(path: Path) -> Samples:
    """All of a file, as decode gives it."""
    return np.concatenate(list(decode(path)))


def flac_of(samples: Samples, path: Path) -> Path:
    """The file, written."""
    with encode_flac(path) as write:
        write(samples)
    return path
