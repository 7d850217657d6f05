"""Hints tell roughly what is sung when, where there are enough and they fit the recording."""

from itertools import accumulate
from random import Random

import pytest
from aik_aligner.hints import hinted_words
from aik_aligner.port import Timed
from aik_audio.voice import Region
from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.documents import Hint

SONG = tuple(Region(4.0 * n + 1.5, 4.0 * n + 4.0) for n in range(14))
LRC = "\n".join(f"[00:{4 * n:02d}.00]la la{n}" for n in range(14))


def lrc(text: str) -> Lyrics:
    return from_text(text, minted_by("event"))


def test_an_lrc_file_that_fits_tells_the_words_of_every_line_at_the_recordings_time() -> None:
    words = hinted_words(lrc(LRC), SONG)
    assert [text for text, _ in words] == [text for n in range(14) for text in ("la", f"la{n}")]
    assert [timed.start for _, timed in words[::2]] == pytest.approx([4 * n + 1.5 for n in range(14)], abs=0.1)
    assert all(1.5 < timed.start - 4 * n < 2 for n, (_, timed) in enumerate(words[1::2]))


def test_an_lrc_file_of_another_recording_tells_nothing() -> None:
    random = Random(1)  # noqa: S311 - songs, not secrets
    fits = 0
    for _ in range(100):
        starts = accumulate(random.uniform(1.5, 4.5) for _ in range(20))
        fits += bool(hinted_words(lrc(LRC), [Region(start, start + 1.0) for start in starts]))
    assert fits <= 3


def test_a_few_stamps_tell_nothing() -> None:
    assert hinted_words(lrc("[00:00.00]la\nla\nla\nla"), SONG) == []
    assert hinted_words(lrc("la la"), SONG) == []


def test_a_transcripts_words_are_where_they_were_heard() -> None:
    lyrics = lrc("la lo\nli")
    ids = [word.id for line in lyrics.lines for word in line.words]
    hints = (Hint(word_id=ids[0], start_ms=1500, end_ms=1900, confidence=0.7), Hint(word_id=ids[2], start_ms=12_000))
    told = lyrics.model_copy(update={"hints": hints, "hints_from": "transcript"})
    [(_, first), (_, last)] = hinted_words(told, SONG)
    assert first == Timed(1.5, 1.9, 0.7)
    assert (last.start, last.confidence) == (12.0, 0.0)
    assert hinted_words(told.model_copy(update={"hints": hints[:1]}), SONG) == []
