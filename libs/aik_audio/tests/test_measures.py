"""Loudness, peaks, levels and the rate for speech, on tones whose values are known."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from aik_audio.level import is_silent, levels_dbfs, rms_dbfs, voice_under_music_db
from aik_audio.loudness import Loudness, loudness
from aik_audio.resample import other_stem_16k, to_mono_16k
from aik_audio.samples import Samples
from aik_audio.testing import flac_of
from numpy.typing import NDArray

Tone = Callable[..., NDArray[np.float32]]


def cut(samples: Samples, block: int) -> Iterator[Samples]:
    return (samples[start : start + block] for start in range(0, len(samples), block))


def test_a_full_scale_sine_of_997_hz_on_two_channels_has_0_lufs(tone: Tone) -> None:
    assert loudness([tone(5, peak=1, hz=997)]).integrated_lufs == pytest.approx(0, abs=0.05)


def test_what_is_23_db_quieter_measures_so(tone: Tone) -> None:
    quiet = loudness([tone(5, peak=10 ** (-23 / 20), hz=997)])
    assert (quiet.integrated_lufs, quiet.true_peak_dbtp) == pytest.approx((-23, -23), abs=0.05)


def test_quiet_stretches_do_not_count_as_loudness(tone: Tone) -> None:
    loud = tone(5, hz=997)
    with_pauses = np.concatenate([tone(5, peak=0), loud, tone(5, peak=0.0005, hz=997)])
    assert loudness([with_pauses]).integrated_lufs == pytest.approx(loudness([loud]).integrated_lufs, abs=0.4)


def test_silence_has_no_loudness_and_no_peak(tone: Tone) -> None:
    assert loudness([tone(1, peak=0)]) == loudness([]) == Loudness(-math.inf, -math.inf)


def test_a_peak_between_two_samples_is_found() -> None:
    # A quarter of the sample rate, 45 degrees off: every sample lies 3 dB below the wave's peak.
    wave = np.sin(np.pi / 2 * np.arange(44_100) + np.pi / 4) * 0.5 * np.hanning(44_100)
    samples = np.repeat(wave.astype(np.float32)[:, np.newaxis], 2, axis=1)
    assert loudness([samples]).true_peak_dbtp == pytest.approx(-6.02, abs=0.2)


def test_a_peak_in_the_last_moment_and_a_very_short_sound_count(tone: Tone) -> None:
    late = np.concatenate([tone(1.02, peak=0), tone(0.03)])
    assert loudness([late]).true_peak_dbtp == pytest.approx(-6.02, abs=0.5)
    assert loudness([tone(0.03)]).true_peak_dbtp == pytest.approx(-6.02, abs=0.5)


@pytest.mark.parametrize("block", [1_000, 4_410, 70_001])
def test_measures_do_not_depend_on_how_the_samples_are_cut(tone: Tone, block: int) -> None:
    samples = np.concatenate([tone(1.03, peak=0.1), tone(2), tone(0.5, peak=0)])
    assert loudness(cut(samples, block)) == loudness([samples])
    assert list(levels_dbfs(cut(samples, block), 50)) == list(levels_dbfs([samples], 50))


def test_the_rms_of_a_full_scale_sine_is_3_db_below_full_scale(tone: Tone) -> None:
    assert rms_dbfs(tone(1, peak=1)) == pytest.approx(-3.01, abs=0.01)
    assert rms_dbfs(tone(0)) == -math.inf


def test_a_voice_is_held_against_the_music_where_it_is_loudest() -> None:
    vocals, music = np.array([-60.0, -20.0, -12.0, -90.0]), np.array([-10.0, -10.0, -12.0, -90.0, -1.0])
    assert voice_under_music_db(vocals, music, 2) == 5.0
    assert voice_under_music_db(vocals, music, 1) == 0.0
    assert voice_under_music_db(np.zeros(0), music, 2) is None


def test_every_window_has_its_level(tone: Tone) -> None:
    samples = np.concatenate([tone(0.1, peak=1), tone(0.1, peak=0), tone(0.05, peak=0.1)])
    assert list(levels_dbfs([samples], 100)) == pytest.approx([-3.01, -math.inf, -23.01], abs=0.01)


def test_one_loud_window_ends_silence(tone: Tone) -> None:
    quiet = tone(2, peak=0.001)
    assert is_silent([quiet])
    assert not is_silent([quiet, tone(0.4, peak=0.1), quiet])
    assert is_silent([tone(0)])
    assert is_silent([])


def test_speech_rate_keeps_the_tone_in_one_channel(tone: Tone) -> None:
    expected = tone(2, rate=16_000)[:, 0]

    mono = np.concatenate(list(to_mono_16k([tone(2)])))

    assert mono.shape == (32_000,)
    assert mono.dtype == np.float32
    np.testing.assert_allclose(mono[800:-800], expected[800:-800], atol=1e-3)


@pytest.mark.parametrize("block", [7, 1_000, 70_001])
def test_the_speech_rate_does_not_depend_on_how_the_samples_are_cut(tone: Tone, block: int) -> None:
    samples = tone(0.5, rate=44_100)
    whole = np.concatenate(list(to_mono_16k([samples])))
    np.testing.assert_array_equal(np.concatenate(list(to_mono_16k(cut(samples, block)))), whole)


def test_the_other_stem_is_as_long_as_this_one_and_none_where_there_is_none(tone: Tone, tmp_path: Path) -> None:
    stem = flac_of(tone(1), tmp_path / "accompaniment.flac")
    whole = other_stem_16k(stem, 16_000, ignore)
    assert whole is not None
    for length in (8_000, 16_000, 20_000):
        expected = np.pad(whole, (0, max(0, length - 16_000)))[:length]
        np.testing.assert_array_equal(other_stem_16k(stem, length, ignore), expected)
    assert other_stem_16k(None, 16_000, ignore) is None


def ignore(share: float) -> None:
    pass
