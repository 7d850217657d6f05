"""Segments of a spectrum overlap, and joined again they are the spectrum, without their ends."""

from collections.abc import Iterator

import numpy as np
import pytest
from aik_separator.engine.overlap import LEAST, MARGIN, OVERLAP, SEGMENT, STRIDE, joined, segments
from aik_separator.engine.spectrogram import Spectrum


def spectrum(frames: int) -> Spectrum:
    parts = np.random.default_rng(frames).uniform(-1, 1, (2, 2, frames, 3))
    whole: Spectrum = (parts[0] + 1j * parts[1]).astype(np.complex64)
    return whole


def blocks(whole: Spectrum, size: int) -> Iterator[Spectrum]:
    return (whole[:, at : at + size] for at in range(0, whole.shape[1], size))


LENGTHS = [1, OVERLAP - 1, OVERLAP + 1, SEGMENT, SEGMENT + LEAST - 1, SEGMENT + LEAST, 3 * STRIDE + 17, 5_000]


@pytest.mark.parametrize("frames", LENGTHS)
def test_segments_joined_are_every_frame_once(frames: int) -> None:
    whole = spectrum(frames)
    back = np.concatenate(list(joined(segments([whole]))), axis=1)
    np.testing.assert_allclose(back, whole, atol=1e-6)


@pytest.mark.parametrize("size", [1, 128, 700, 5_000])
def test_segments_do_not_depend_on_how_the_frames_come(size: int) -> None:
    whole = spectrum(3_000)
    for one, other in zip(segments([whole]), segments(blocks(whole, size)), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("frames", LENGTHS)
def test_the_last_segment_is_neither_short_nor_much_longer_than_the_others(frames: int) -> None:
    *before, last = (segment.shape[1] for segment in segments([spectrum(frames)]))
    assert before == [SEGMENT] * len(before)
    assert min(frames, OVERLAP + LEAST) <= last < SEGMENT + LEAST


def test_what_a_net_makes_of_a_segments_ends_is_heard_only_where_the_song_ends() -> None:
    whole = spectrum(3_000)
    spoiled = [segment.copy() for segment in segments([whole])]
    assert len(spoiled) > 2
    for segment in spoiled:
        segment[:, :MARGIN] = segment[:, -MARGIN:] = 1e6

    back = np.concatenate(list(joined(spoiled)), axis=1)

    np.testing.assert_allclose(back[:, MARGIN:-MARGIN], whole[:, MARGIN:-MARGIN], atol=1e-6)
    assert (back[:, :MARGIN] == 1e6).all()
    assert (back[:, -MARGIN:] == 1e6).all()


def test_one_segment_fades_into_the_next_without_a_step() -> None:
    first, second = np.zeros((2, SEGMENT, 3), np.complex64), np.ones((2, SEGMENT, 3), np.complex64)
    back = np.concatenate(list(joined([first, second])), axis=1)
    assert np.abs(np.diff(back, axis=1)).max() < 0.1


def test_a_net_that_halves_its_frames_six_times_sees_each_frame_alike_in_every_segment() -> None:
    assert STRIDE % 64 == SEGMENT % 64 == 0
