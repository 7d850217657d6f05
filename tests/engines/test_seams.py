"""What finds seams in a separator's stems finds those that are put there."""

import numpy as np

from tests.engines.contract.separator import steady, steps


def test_a_steady_sound_has_no_seam() -> None:
    mix = steady(3)
    assert steps(mix, mix).max() < 1e-3


def test_half_a_decibel_more_from_one_segment_on_is_a_seam() -> None:
    mix = steady(3)
    louder = mix.copy()
    louder[60_000:] *= np.float32(10 ** (0.5 / 20))
    change = steps(louder, mix)
    assert change.argmax() in {67, 68}
    assert change.max() > 0.02


def test_a_hole_of_five_milliseconds_between_two_segments_is_a_seam() -> None:
    mix = steady(3)
    broken = mix.copy()
    broken[60_000:60_220] = 0
    assert steps(broken, mix).max() > 0.02
