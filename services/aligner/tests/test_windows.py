"""Windows have one length and together every frame of a song, each heard far from its window's ends."""

import numpy as np
import pytest
from aik_aligner.windows import FRAME, SHORTEST, joined, windows_of


def heard(start: int, end: int) -> np.ndarray:
    """What a model that numbers the frames of the song hears, as one column."""
    return np.arange(start // FRAME, (end - SHORTEST) // FRAME + 1, dtype=np.float32)[:, np.newaxis]


@pytest.mark.parametrize("frames", [1, 1499, 1500, 1501, 2800, 2801, 9000])
def test_every_frame_is_there_once(frames: int) -> None:
    windows = windows_of((frames - 1) * FRAME + SHORTEST)
    whole = joined([heard(*window) for window in windows], windows)
    assert whole[:, 0].tolist() == list(range(frames))
    assert len({end - start for start, end in windows}) == 1


@pytest.mark.parametrize("frames", [1501, 2801, 9000])
def test_a_frame_is_taken_from_the_window_in_which_it_lies_two_seconds_inside(frames: int) -> None:
    windows = windows_of((frames - 1) * FRAME + SHORTEST)
    inside = [np.minimum(np.arange(1500), 1499 - np.arange(1500))[:, np.newaxis] for _ in windows]
    assert joined(inside, windows)[100:-100].min() >= 99
