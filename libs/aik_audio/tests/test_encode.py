"""What the delivered files promise: their length, their place in time, their bytes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from aik_audio.decode import decode
from aik_audio.encode import encode_flac, encode_m4a
from aik_audio.samples import Samples
from numpy.typing import NDArray

Tone = Callable[..., NDArray[np.float32]]


def flac(samples: Samples, path: Path) -> Path:
    encode_flac(samples, path)
    return path


def m4a(samples: Samples, path: Path) -> Path:
    encode_m4a(samples, path, bit_rate=192_000)
    return path


def test_flac_keeps_16_bits_of_every_sample(tone: Tone, tmp_path: Path) -> None:
    wave = tone(10.88053)

    samples = decode(flac(wave, tmp_path / "song.flac"))

    assert samples.shape == wave.shape
    assert np.abs(samples - wave).max() <= 0.5 / 32768


def test_flac_of_its_own_samples_is_the_same_file(tone: Tone, tmp_path: Path) -> None:
    first = flac(tone(1), tmp_path / "first.flac")
    again = flac(decode(first), tmp_path / "again.flac")
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("seconds", [0.01, 1.0, 10.88053])
def test_m4a_keeps_the_length_and_the_place_in_time(tone: Tone, tmp_path: Path, seconds: float) -> None:
    wave = np.concatenate([tone(1, peak=0), tone(seconds)])

    samples = decode(m4a(wave, tmp_path / "song.m4a"))

    assert samples.shape == wave.shape
    assert np.flatnonzero(np.abs(samples[:, 0]) > 0.1)[0] == pytest.approx(44_100, abs=150)


@pytest.mark.parametrize("encode", [flac, m4a])
def test_the_same_samples_give_the_same_bytes(
    tone: Tone, tmp_path: Path, encode: Callable[[Samples, Path], Path]
) -> None:
    first = encode(tone(), tmp_path / "first")
    second = encode(tone(), tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()


def test_what_is_too_loud_is_clipped_and_does_not_wrap_round(tone: Tone, tmp_path: Path) -> None:
    wave = tone(1, peak=1.5)

    samples = decode(flac(wave, tmp_path / "song.flac"))

    np.testing.assert_allclose(samples, np.clip(wave, -1, 1), atol=1 / 32768)
