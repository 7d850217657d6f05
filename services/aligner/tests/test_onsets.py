"""Word times follow the voice: pauses belong to no word."""

from itertools import pairwise

import numpy as np
import pytest
from aik_aligner.onsets import at_onsets
from aik_aligner.port import Timed
from aik_audio.samples import Samples
from hypothesis import given
from hypothesis import strategies as st

RATE = 16_000


def voice(*spans: tuple[float, float], length: float = 5.0) -> Samples:
    """A tone in the spans, 40 dB quieter elsewhere."""
    time = np.arange(round(length * RATE)) / RATE
    loud = np.any([(time >= start) & (time < end) for start, end in spans], axis=0)
    return (0.5 * np.where(loud, 1.0, 0.01) * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def moved(samples: Samples, *spans: tuple[float, float]) -> list[tuple[float, float]]:
    words = at_onsets([Timed(start, end, 0.5) for start, end in spans], samples)
    return [(round(word.start, 2), round(word.end, 2)) for word in words]


PAUSE = voice((1.0, 2.0), (2.4, 3.0))


@pytest.mark.parametrize("start", [2.2, 2.0, 1.9])
def test_a_pause_belongs_to_no_word_wherever_in_it_or_shortly_before_it_the_next_word_starts(start: float) -> None:
    assert moved(PAUSE, (1.0, start), (start, 3.0)) == [(1.0, 2.0), (2.34, 3.0)]


def test_a_word_that_starts_with_the_voice_keeps_its_start_and_its_own_gaps() -> None:
    closure = voice((1.0, 1.5), (1.6, 1.7), (1.8, 3.0))
    assert moved(closure, (1.0, 1.6), (1.6, 3.0)) == [(1.0, 1.5), (1.6, 3.0)]
    assert moved(closure, (1.0, 1.68), (1.68, 3.0)) == [(1.0, 1.5), (1.68, 3.0)]


def test_a_word_that_starts_in_the_middle_of_the_voice_stays() -> None:
    assert moved(PAUSE, (1.0, 1.5), (1.5, 3.0)) == [(1.0, 1.5), (1.5, 3.0)]


def test_a_word_without_an_onset_inside_it_stays() -> None:
    assert moved(PAUSE, (1.0, 2.1), (2.1, 2.39), (2.39, 3.0)) == [(1.0, 2.0), (2.1, 2.39), (2.39, 3.0)]


def test_a_start_is_never_moved_far() -> None:
    assert moved(voice((1.0, 2.0), (2.7, 3.0)), (1.0, 2.1), (2.1, 3.0)) == [(1.0, 2.0), (2.1, 3.0)]


def test_the_last_word_ends_where_the_voice_ends() -> None:
    assert moved(PAUSE, (2.4, 3.6)) == [(2.4, 3.0)]


def test_a_steady_or_missing_voice_changes_nothing() -> None:
    spans = ((1.0, 1.5), (1.5, 2.5))
    assert moved(voice((0.0, 5.0)), *spans) == moved(np.zeros(0, np.float32), *spans) == list(spans)
    assert at_onsets([], PAUSE) == []


bounds = st.lists(st.integers(0, 250), min_size=2, max_size=12).map(lambda frames: [n / 50 for n in sorted(frames)])


@given(bounds, st.lists(st.tuples(st.floats(0, 5), st.floats(0, 5)), min_size=1, max_size=8))
def test_order_and_room_are_kept_whatever_is_sung(times: list[float], spans: list[tuple[float, float]]) -> None:
    words = [Timed(start, end, 0.5) for start, end in pairwise(times)]
    found = at_onsets(words, voice(*spans))
    assert all(one.end <= after.start for one, after in pairwise(found))
    for before, after in zip(words, found, strict=True):
        assert before.start <= after.start <= after.end
        assert after.end - after.start >= min(before.end - before.start, 0.06) - 1e-9
