"""The waveform that players draw: whose numbers, how many, and however it is cut."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aik_audio.peaks import encode_peaks
from aik_audio.samples import Samples
from numpy.typing import NDArray

Tone = Callable[..., NDArray[np.float32]]


def peaks_of(path: Path, *blocks: Samples, samples_per_pixel: int = 512) -> dict[str, Any]:
    with encode_peaks(path, samples_per_pixel=samples_per_pixel) as write:
        for block in blocks:
            write(block)
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def test_the_document_is_audiowaveforms_with_the_lowest_and_the_highest_sample_of_each_pixel(tmp_path: Path) -> None:
    left = np.array([0, 8192, -16384, 300, -300, 32767, -32768, 16000, -128], np.float32) / 32768
    right = np.array([0, 8192, -16384, 900, -213, 32767, -32768, 17000, -128], np.float32) / 32768
    document = peaks_of(tmp_path / "peaks.json", np.stack([left, right], axis=1), samples_per_pixel=3)
    assert document == {
        "version": 2,
        "channels": 1,
        "sample_rate": 44_100,
        "samples_per_pixel": 3,
        "bits": 8,
        "length": 3,
        # -256.5 is cut to -256, and -128 / 256 to 0.
        "data": [-64, 32, -1, 127, -128, 64],
    }


def test_the_last_pixel_has_what_is_left(tone: Tone, tmp_path: Path) -> None:
    wave = tone(1.0)
    document = peaks_of(tmp_path / "peaks.json", wave)
    assert document["length"] == -(-len(wave) // 512)
    assert len(document["data"]) == 2 * document["length"]


def test_what_is_too_loud_is_clipped_and_does_not_wrap_round(tone: Tone, tmp_path: Path) -> None:
    data = peaks_of(tmp_path / "peaks.json", tone(1, peak=1.5))["data"]
    assert (min(data), max(data)) == (-128, 127)


def test_no_samples_are_no_pixels(tmp_path: Path) -> None:
    document = peaks_of(tmp_path / "peaks.json")
    assert (document["length"], document["data"]) == (0, [])


@pytest.mark.parametrize("block", [7, 512, 1_000, 70_001])
def test_the_same_samples_give_the_same_bytes_however_they_are_cut(tone: Tone, tmp_path: Path, block: int) -> None:
    wave = tone(1.7)
    peaks_of(tmp_path / "whole", wave)
    peaks_of(tmp_path / "blocks", *(wave[start : start + block] for start in range(0, len(wave), block)), wave[:0])
    assert (tmp_path / "blocks").read_bytes() == (tmp_path / "whole").read_bytes()
