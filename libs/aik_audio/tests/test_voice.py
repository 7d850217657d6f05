"""Where the voice is in a stem."""

import numpy as np
import pytest
from aik_audio.samples import Samples
from aik_audio.voice import voiced_regions

RATE = 16_000


def tones(*spans: tuple[float, float], length: float, level: float = 0.5, bleed: float = 0.0) -> Samples:
    time = np.arange(round(length * RATE)) / RATE
    samples = bleed * np.sin(2 * np.pi * 100 * time)
    for start, end in spans:
        inside = (time >= start) & (time < end)
        samples[inside] = level * np.sin(2 * np.pi * 440 * time[inside])
    return samples.astype(np.float32)


def spans(samples: Samples) -> list[tuple[float, float]]:
    return [(round(region.start, 2), round(region.end, 2)) for region in voiced_regions(samples)]


@pytest.mark.parametrize("level", [0.9, 0.05])
def test_regions_are_where_the_voice_is_however_loud_it_is(level: float) -> None:
    assert spans(tones((1, 2), (4, 5.5), length=7, level=level)) == [(1.0, 2.0), (4.0, 5.5)]


def test_a_short_pause_divides_nothing_and_a_click_is_no_voice() -> None:
    assert spans(tones((1, 2), (2.1, 3), (5, 5.06), length=7)) == [(1.0, 3.0)]


def test_bleed_far_below_the_voice_is_silence() -> None:
    assert spans(tones((1, 2), length=4, bleed=0.005)) == [(1.0, 2.0)]


def test_silence_and_nothing_have_no_regions() -> None:
    assert spans(tones(length=3, bleed=0.001)) == []
    assert spans(tones(length=0)) == []


def test_a_long_stretch_is_divided_where_it_is_quietest() -> None:
    samples = tones((0, 12), length=12)
    samples[round(5.0 * RATE) : round(5.1 * RATE)] *= 0.1
    [first, second] = spans(samples)
    assert (first[0], second[1]) == (0.0, 12.0)
    assert first[1] == second[0] == pytest.approx(5.0, abs=0.1)
