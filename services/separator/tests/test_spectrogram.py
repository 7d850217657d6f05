"""A wave that goes through its spectrum in blocks comes back."""

import numpy as np
import pytest
from aik_separator.engine.spectrogram import HOP, WINDOW, OverlapAdd, frame_count, spectra


@pytest.mark.parametrize("block", [1, 7, 512])
@pytest.mark.parametrize("length", [1, HOP - 1, HOP, 2 * WINDOW + 17, 44_100])
def test_a_wave_of_any_length_comes_back_through_blocks_of_any_size(length: int, block: int) -> None:
    wave = np.random.default_rng(length).uniform(-1, 1, (length, 2)).astype(np.float32)
    joined = OverlapAdd(channels=2)

    pieces = [joined.add(spectrum) for spectrum in spectra([wave], block)]
    back = np.concatenate([*pieces, joined.rest()])[WINDOW // 2 :][:length]

    assert back.dtype == np.float32
    np.testing.assert_allclose(back, wave, atol=1e-5)


def test_blocks_hold_the_frames_of_the_whole_in_their_order() -> None:
    wave = np.random.default_rng(1).uniform(-1, 1, (30_000, 2)).astype(np.float32)

    (whole,) = spectra([wave], 512)
    blocks = list(spectra([wave], 7))

    assert whole.shape == (2, frame_count(30_000), WINDOW // 2 + 1)
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole)


@pytest.mark.parametrize("piece", [1_000, 7 * HOP, 29_999])
@pytest.mark.parametrize("length", [1, HOP, 6 * HOP + WINDOW, 30_000])
def test_the_spectrum_does_not_depend_on_how_the_wave_is_cut(length: int, piece: int) -> None:
    wave = np.random.default_rng(length).uniform(-1, 1, (length, 2)).astype(np.float32)
    pieces = (wave[start : start + piece] for start in range(0, length, piece))

    blocks = list(spectra(pieces, 7))

    assert [block.shape[1] for block in blocks[:-1]] == [7] * (len(blocks) - 1)
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), np.concatenate(list(spectra([wave], 512)), axis=1))


def test_a_tone_lies_in_its_bin() -> None:
    wave = np.sin(2 * np.pi * 100 * np.arange(44_100) / WINDOW).astype(np.float32)[:, np.newaxis]
    (spectrum,) = spectra([wave], 512)
    assert np.abs(spectrum[0, 20]).argmax() == 100
