"""What was heard in cut-out samples, on the song's clock."""

import pytest
from aik_asr.port import HeardWord, Segment
from aik_asr.sung import SungWord, on_song_clock
from aik_audio.voice import Region

SPANS = (Region(10.0, 12.0), Region(20.0, 24.0))


def segment(*words: tuple[str, float, float]) -> Segment:
    return Segment([HeardWord(f" {text}", start, end, 0.9) for text, start, end in words], 0.1, 1.0)


def test_words_are_told_on_the_songs_clock_and_the_first_of_a_segment_opens_it() -> None:
    heard = [segment(("one", 0.5, 1.0), ("two", 1.0, 1.5)), segment(("three", 2.5, 3.0))]
    assert list(on_song_clock(heard, SPANS)) == [
        SungWord(" one", 10.5, 11.0, 0.9, opens=True),
        SungWord(" two", 11.0, 11.5, 0.9),
        SungWord(" three", 20.5, 21.0, 0.9, opens=True),
    ]


def test_a_first_word_far_before_its_phrase_is_sung_with_the_phrase() -> None:
    [first, *_] = on_song_clock([segment(("with", 0.2, 1.2), ("high", 2.5, 3.0), ("tables", 3.0, 3.5))], SPANS)
    assert [first.start, first.end] == pytest.approx([20.2, 20.5])
