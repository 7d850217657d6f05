"""The clock that runs only where the voice is."""

import numpy as np
from aik_audio.passages import Timed, cut_out, to_song, to_voiced
from aik_audio.voice import Region

RATE = 16_000
REGIONS = (Region(1.0, 3.0), Region(5.0, 6.0))


def test_a_time_in_the_cut_out_samples_is_a_time_of_one_region() -> None:
    assert len(cut_out(np.zeros(7 * RATE, np.float32), REGIONS)) == 3 * RATE
    assert to_song(Timed(0.5, 1.0, 0.9), REGIONS) == Timed(1.5, 2.0, 0.9)
    assert to_song(Timed(1.8, 2.6, 0.9), REGIONS) == Timed(5.0, 5.6, 0.9)
    assert to_song(Timed(1.0, 2.2, 0.9), REGIONS) == Timed(2.0, 3.0, 0.9)
    assert to_song(Timed(3.0, 3.4, 0.9), REGIONS) == Timed(6.0, 6.0, 0.9)


def test_a_word_that_swallowed_a_pause_lies_in_one_region_of_the_voiced_clock() -> None:
    assert to_voiced(Timed(2.9, 5.5, 0.9), REGIONS) == Timed(2.0, 2.5, 0.9)
    assert to_voiced(Timed(0.0, 1.5, 0.9), REGIONS) == Timed(0.0, 0.5, 0.9)
