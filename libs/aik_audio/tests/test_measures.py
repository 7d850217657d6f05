"""Loudness, peaks, levels and the rate for speech, on tones whose values are known."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from aik_audio.level import is_silent, levels_dbfs, rms_dbfs
from aik_audio.loudness import integrated_lufs, true_peak_dbtp
from aik_audio.resample import to_mono_16k
from numpy.typing import NDArray

Tone = Callable[..., NDArray[np.float32]]


def test_a_full_scale_sine_of_997_hz_on_two_channels_has_0_lufs(tone: Tone) -> None:
    assert integrated_lufs(tone(5, peak=1, hz=997)) == pytest.approx(0, abs=0.1)


def test_silence_has_no_loudness(tone: Tone) -> None:
    assert integrated_lufs(tone(1, peak=0)) == -math.inf


def test_a_peak_between_two_samples_is_found() -> None:
    # A quarter of the sample rate, 45 degrees off: every sample lies 3 dB below the wave's peak.
    wave = np.sin(np.pi / 2 * np.arange(44_100) + np.pi / 4) * 0.5
    samples = np.repeat(wave.astype(np.float32)[:, np.newaxis], 2, axis=1)
    assert true_peak_dbtp(samples) == pytest.approx(-6.02, abs=0.2)


def test_the_rms_of_a_full_scale_sine_is_3_db_below_full_scale(tone: Tone) -> None:
    assert rms_dbfs(tone(1, peak=1)) == pytest.approx(-3.01, abs=0.01)
    assert rms_dbfs(tone(0)) == -math.inf


def test_every_window_has_its_level(tone: Tone) -> None:
    samples = np.concatenate([tone(0.1, peak=1), tone(0.1, peak=0), tone(0.05, peak=0.1)])
    assert levels_dbfs(samples, 100) == pytest.approx([-3.01, -math.inf, -23.01], abs=0.01)


def test_one_loud_window_ends_silence(tone: Tone) -> None:
    quiet = tone(2, peak=0.001)
    assert is_silent(quiet)
    assert not is_silent(np.concatenate([quiet, tone(0.4, peak=0.1), quiet]))
    assert is_silent(tone(0))


def test_speech_rate_keeps_the_tone_in_one_channel(tone: Tone) -> None:
    expected = tone(2, rate=16_000)[:, 0]

    mono = to_mono_16k(tone(2))

    assert mono.shape == (32_000,)
    assert mono.dtype == np.float32
    np.testing.assert_allclose(mono[800:-800], expected[800:-800], atol=1e-3)
