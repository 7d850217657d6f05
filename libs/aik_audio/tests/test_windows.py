"""A long song is cut where nobody sings, and nothing of it is lost."""

import numpy as np
import pytest
from aik_audio.blocks import regrouped
from aik_audio.resample import SPEECH_RATE
from aik_audio.samples import Samples
from aik_audio.windows import windows


def song(seconds: float, *pauses: tuple[float, float]) -> Samples:
    """Noise at 16 kHz, silent from the one to the other second of each pause."""
    wave = np.random.default_rng(1).uniform(-0.5, 0.5, round(seconds * SPEECH_RATE)).astype(np.float32)
    for start, end in pauses:
        wave[round(start * SPEECH_RATE) : round(end * SPEECH_RATE)] = 0
    return wave


def test_a_cut_lies_in_the_pause_of_the_last_third() -> None:
    first, second = windows([song(15, (3, 5), (8, 8.7))], 10)
    assert 8 < len(first) / SPEECH_RATE < 8.7
    np.testing.assert_array_equal(np.concatenate([first, second]), song(15, (3, 5), (8, 8.7)))


@pytest.mark.parametrize("block", [1_000, 16_000, 400_000])
def test_windows_do_not_depend_on_how_the_samples_are_cut(block: int) -> None:
    samples = song(32, (7, 8), (16, 17), (24, 25))
    blocks = list(windows(regrouped([samples], block), 10))
    assert [len(window) for window in blocks] == [len(window) for window in windows([samples], 10)]
    np.testing.assert_array_equal(np.concatenate(blocks), samples)


def test_no_window_is_longer_than_allowed_or_much_shorter_though_nobody_pauses() -> None:
    lengths = [len(window) / SPEECH_RATE for window in windows([song(60)], 10)]
    assert max(lengths) <= 10
    assert min(lengths[:-1]) > 6.6


def test_a_song_that_is_short_enough_is_one_window() -> None:
    (window,) = windows(regrouped([song(10)], 777), 10)
    np.testing.assert_array_equal(window, song(10))
    assert list(windows([], 10)) == []
