"""How the stems of two engines differ."""

from pathlib import Path

import numpy as np
import pytest
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import flac_of
from aik_separator.differences import stems, sums_of
from aik_service.differences import Measure, Value
from aik_service.step import StepOutput

RNG = np.random.default_rng(5)
NOISE = RNG.uniform(-0.5, 0.5, (2 * SAMPLE_RATE, 2)).astype(np.float32)
HUM = np.full((2 * SAMPLE_RATE, 2), 0.25, np.float32)


def output(folder: Path, vocals: Samples, accompaniment: Samples) -> StepOutput:
    folder.mkdir()
    files = {"vocals": vocals, "accompaniment": accompaniment}
    return StepOutput({kind: flac_of(samples, folder / f"{kind}.flac") for kind, samples in files.items()})


def sdr(folder: Path, first: Samples, second: Samples) -> Value:
    return sums_of(flac_of(first, folder / "first.flac"), flac_of(second, folder / "second.flac")).sdr


def test_a_tenth_less_is_20_db_of_distortion(tmp_path: Path) -> None:
    assert sdr(tmp_path, NOISE, NOISE * np.float32(0.9)) == pytest.approx(20, abs=0.01)


def test_a_sound_as_loud_that_has_nothing_to_do_with_it_is_3_db_below_nothing(tmp_path: Path) -> None:
    other = np.random.default_rng(6).uniform(-0.5, 0.5, NOISE.shape).astype(np.float32)
    assert sdr(tmp_path, NOISE, other) == pytest.approx(-3, abs=0.1)


def test_the_first_is_the_signal_and_the_rest_of_the_second_the_distortion(tmp_path: Path) -> None:
    assert sdr(tmp_path, HUM, HUM * 2) == pytest.approx(0, abs=0.01)
    assert sdr(tmp_path, HUM * 2, HUM) == pytest.approx(6.02, abs=0.01)


def test_the_same_is_identical_and_silence_has_no_ratio(tmp_path: Path) -> None:
    assert sdr(tmp_path, NOISE, NOISE) == "identical"
    assert sdr(tmp_path, HUM * 0, HUM * 0) == "identical"
    assert sdr(tmp_path, HUM * 0, HUM) == "the first is silent"


def test_what_only_one_of_them_has_is_distortion(tmp_path: Path) -> None:
    assert sdr(tmp_path, HUM, HUM[:SAMPLE_RATE]) == pytest.approx(3.01, abs=0.01)
    assert sdr(tmp_path, HUM[:SAMPLE_RATE], HUM) == pytest.approx(0, abs=0.01)


def test_each_stem_has_length_level_and_sdr(tmp_path: Path) -> None:
    first = output(tmp_path / "1", HUM, NOISE)
    second = output(tmp_path / "2", (HUM * 2)[:SAMPLE_RATE], HUM * 0)
    vocals, minus = stems(first, second).measures[:3], stems(first, second).measures[3:]
    assert vocals == (
        Measure(name="vocals, length", unit="s", first=2.0, second=1.0),
        Measure(name="vocals, level", unit="dBFS", first=-12.0, second=-6.0),
        Measure(name="vocals, SDR", unit="dB", between=0.0),
    )
    assert [measure.name for measure in minus] == ["minus, length", "minus, level", "minus, SDR"]
    assert (minus[1].second, minus[2].between) == ("silent", 0.0)
