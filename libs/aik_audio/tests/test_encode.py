"""What the delivered files promise: their length, their place in time, their bytes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import av
import numpy as np
import pytest
from aik_audio.encode import Write, encode_flac, encode_m4a
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of, samples_of
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

Tone = Callable[..., NDArray[np.float32]]
BURST = 4_000


def m4a_of(samples: Samples, path: Path) -> Path:
    with m4a(path) as write:
        write(samples)
    return path


def m4a(path: Path) -> AbstractContextManager[Write]:
    return encode_m4a(path, bit_rate=192_000)


def heard_by_ffmpeg(path: Path) -> NDArray[np.float32]:
    """The left channel as FFmpeg alone plays it, edit list and all: none of our own decoding."""
    planes = AudioResampler(format="fltp")
    with av.open(str(path)) as container:
        frames = [planar for frame in container.decode(audio=0) for planar in planes.resample(frame)]
    left: NDArray[np.float32] = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)
    return left


def lag(wave: NDArray[np.float32], heard: NDArray[np.float32], place: int) -> int:
    """How many samples later than written the burst at this place is heard."""
    start, end = max(0, place - BURST), place + 2 * BURST
    correlation = np.correlate(heard[start:end], wave[place : place + BURST], mode="valid")
    return start + int(np.argmax(np.abs(correlation))) - place


def test_flac_keeps_16_bits_of_every_sample(tone: Tone, tmp_path: Path) -> None:
    wave = tone(10.88053)

    samples = samples_of(flac_of(wave, tmp_path / "song.flac"))

    assert samples.shape == wave.shape
    assert np.abs(samples - wave).max() <= 0.5 / 32768


def test_flac_of_its_own_samples_is_the_same_file(tone: Tone, tmp_path: Path) -> None:
    first = flac_of(tone(1), tmp_path / "first.flac")
    again = flac_of(samples_of(first), tmp_path / "again.flac")
    assert again.read_bytes() == first.read_bytes()


@pytest.mark.parametrize("seconds", [0.01, 1.0, 10.88053])
def test_m4a_keeps_the_length_and_the_place_in_time(tone: Tone, tmp_path: Path, seconds: float) -> None:
    wave = np.concatenate([tone(1, peak=0), tone(seconds)])

    samples = samples_of(m4a_of(wave, tmp_path / "song.m4a"))

    assert samples.shape == wave.shape
    assert np.flatnonzero(np.abs(samples[:, 0]) > 0.1)[0] == pytest.approx(44_100, abs=150)


@pytest.mark.parametrize("encode", [encode_flac, m4a])
def test_a_player_hears_every_part_of_the_song_within_5_ms_of_its_place(
    tmp_path: Path, encode: Callable[[Path], AbstractContextManager[Write]]
) -> None:
    """By cross-correlation of noise bursts at the beginning, in the middle and at the end: no delay, and no drift."""
    wave = np.zeros((30 * SAMPLE_RATE + 17, 2), np.float32)
    places = [0, 10 * SAMPLE_RATE + 333, len(wave) - BURST]
    for place in places:
        wave[place : place + BURST] = np.random.default_rng(place).uniform(-0.6, 0.6, (BURST, 2))
    with encode(tmp_path / "song") as write:
        write(wave)

    heard = heard_by_ffmpeg(tmp_path / "song")

    assert max(abs(lag(wave[:, 0], heard, place)) for place in places) <= 0.005 * SAMPLE_RATE


@pytest.mark.parametrize("encode", [encode_flac, m4a])
@pytest.mark.parametrize("block", [7, 1_000, 4_608, 70_001])
def test_the_same_samples_give_the_same_bytes_however_they_are_cut(
    tone: Tone, tmp_path: Path, encode: Callable[[Path], AbstractContextManager[Write]], block: int
) -> None:
    wave = tone(1.7)
    with encode(tmp_path / "whole") as write:
        write(wave)
    with encode(tmp_path / "blocks") as write:
        for start in range(0, len(wave), block):
            write(wave[start : start + block])
            write(wave[:0])
    assert (tmp_path / "blocks").read_bytes() == (tmp_path / "whole").read_bytes()


def test_what_is_too_loud_is_clipped_and_does_not_wrap_round(tone: Tone, tmp_path: Path) -> None:
    wave = tone(1, peak=1.5)

    samples = samples_of(flac_of(wave, tmp_path / "song.flac"))

    np.testing.assert_allclose(samples, np.clip(wave, -1, 1), atol=1 / 32768)
