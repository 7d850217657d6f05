"""The real encoder: what it writes plays as long as what it was given, and is the same every time."""

from pathlib import Path

import numpy as np
import pytest
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import samples_of
from aik_publisher.engine.ffmpeg import FfmpegEncoder, load


@pytest.fixture
def samples() -> Samples:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (3 * SAMPLE_RATE + 17, 2))
    return noise.astype(np.float32)


def encode(encoder: FfmpegEncoder, samples: Samples, path: Path) -> None:
    with encoder.encode(path) as write:
        write(samples)


@pytest.mark.parametrize("name", ["minus.flac", "minus.m4a"])
def test_a_file_plays_as_long_as_its_samples(samples: Samples, tmp_path: Path, name: str) -> None:
    encode(FfmpegEncoder(aac_bit_rate=192_000), samples, tmp_path / name)
    assert samples_of(tmp_path / name).shape == samples.shape


@pytest.mark.parametrize("name", ["minus.flac", "minus.m4a"])
def test_the_same_samples_give_the_same_bytes(samples: Samples, tmp_path: Path, name: str) -> None:
    written = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        encode(FfmpegEncoder(aac_bit_rate=192_000), samples, folder / name)
        written.append((folder / name).read_bytes())
    assert written[0] == written[1]


def test_the_bit_rate_is_a_setting_and_belongs_to_the_identity(
    samples: Samples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode(load(), samples, tmp_path / "default.m4a")
    monkeypatch.setenv("AIK_PUBLISHER_AAC_BIT_RATE", "96000")
    encode(load(), samples, tmp_path / "small.m4a")

    assert load().identity.parameters == {"aac_bit_rate": 96_000}
    assert (tmp_path / "small.m4a").stat().st_size < 0.7 * (tmp_path / "default.m4a").stat().st_size


def test_an_unknown_format_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.wav"):
        FfmpegEncoder(aac_bit_rate=192_000).encode(tmp_path / "minus.wav")
