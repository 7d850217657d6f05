"""What both stems are measured for in one pass."""

from pathlib import Path

import numpy as np
import pytest
from aik_audio.samples import Samples
from aik_audio.testing import flac_of
from aik_qc.engine.loudness import Ebur128Meter, load
from aik_qc.port import Loudness
from aik_qc.settings import QcSettings
from aik_qc.sounds import Sounds, listen
from aik_qc.testing import tone

VOICE, MUSIC = tone(1, 2), tone(0, 4, hz=300)


def heard(folder: Path, vocals: Samples, minus: Samples) -> Sounds:
    stems = flac_of(vocals, folder / "vocals.flac"), flac_of(minus, folder / "accompaniment.flac")
    return listen(*stems, load(), lambda share: None)


def noise(seconds: float, level: float) -> Samples:
    frames = round(seconds * 44_100)
    return (level * np.random.default_rng(1).uniform(-1, 1, (frames, 2))).astype(np.float32)


@pytest.mark.parametrize(("left", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_what_is_left_of_the_vocals_in_the_minus_is_measured(tmp_path: Path, left: float, share: float) -> None:
    assert heard(tmp_path, VOICE, MUSIC + np.float32(left) * VOICE).residual == pytest.approx(share, abs=0.01)


def test_where_nobody_sings_nothing_can_be_left(tmp_path: Path) -> None:
    assert heard(tmp_path, np.zeros_like(VOICE), MUSIC).residual is None


def test_samples_that_are_cut_off_side_by_side_are_counted_in_every_sound(tmp_path: Path) -> None:
    found = heard(tmp_path, tone(0, 4, level=0.7), tone(0, 4, level=2.0))
    assert found.vocals_clipped == 0.0
    assert found.minus_clipped == pytest.approx(2 / 3, abs=0.03)
    assert found.mix_clipped > found.minus_clipped


def test_a_peak_that_touches_full_scale_once_is_not_cut_off(tmp_path: Path) -> None:
    peaks = MUSIC.copy()
    peaks[100:200:10] = 1.0
    assert heard(tmp_path, VOICE, peaks).minus_clipped == 0.0


def test_a_burst_of_noise_is_told_from_music_and_from_quiet_noise(tmp_path: Path) -> None:
    spoiled = tone(0, 16, level=0.05, length=16, hz=300)
    spoiled[44_100 : 44_100 + 22_050] = noise(0.5, 1.0)
    assert heard(tmp_path, VOICE, spoiled).noise_burst_ms == pytest.approx(500, abs=100)
    suddenly_loud = tone(0, 16, level=0.05, length=16, hz=300) + tone(1, 1.5, level=0.9, length=16, hz=300)
    assert heard(tmp_path, VOICE, suddenly_loud).noise_burst_ms == 0
    assert heard(tmp_path, VOICE, noise(4, 0.3)).noise_burst_ms == 0
    assert heard(tmp_path, VOICE, MUSIC).noise_burst_ms == 0


def test_stems_of_different_lengths_are_measured_to_the_end_of_each(tmp_path: Path) -> None:
    found = heard(tmp_path, VOICE, tone(0, 4.6, length=4.6, hz=300))
    assert (found.vocals_ms, found.minus_ms) == (4_000, 4_600)
    assert (found.vocals_levels.size, found.minus_levels.size) == (80, 92)


def test_silence_and_a_very_short_sound_can_be_measured() -> None:
    gauges = [Ebur128Meter(QcSettings()).gauge() for _ in range(2)]
    gauges[0].push(tone(0, 0))
    gauges[1].push(tone(0, 0.1, length=0.1))
    assert gauges[0].loudness() == Loudness(None, None)
    assert gauges[1].loudness().true_peak_dbtp == pytest.approx(-10.5, abs=0.5)
