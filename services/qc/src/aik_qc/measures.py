"""The numbers that a track is judged by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from aik_audio.level import levels_dbfs
from aik_audio.samples import Samples
from aik_lyrics import Karaoke, Line, Word
from aik_lyrics.invariants import invariants
from numpy.typing import NDArray

from aik_qc.port import Loudness

_WINDOW_MS = 50
_BEFORE_MS, _AFTER_MS = 100, 250  # around a word's start, in which the voice must be heard
_SILENCE_DBFS = -55.0
_BELOW_LOUD_DB = 40.0
_SHORT_WORD_MS = 30  # nobody sings a word faster
_WEAK_LINE = 0.2  # mean confidence of a line's words

Levels = NDArray[np.float64]
"""The voice's level in each 50 ms, in dBFS."""


@dataclass(frozen=True)
class Measures:
    """Shares and confidence 0…1, times in ms, levels as their names say; None where there is nothing to measure."""

    problems: int
    words: int
    words_in_silence: float
    short_words: float
    longest_word_ms: int
    coverage: float
    confidence: float | None
    weak_lines: float
    lengths_differ_ms: int
    minus_lufs: float | None
    minus_true_peak_dbtp: float | None


def voice_levels(vocals: Iterable[Samples]) -> Levels:
    """Of blocks of shape (frames, 2) at 44.1 kHz."""
    return np.fromiter(levels_dbfs(vocals, _WINDOW_MS), np.float64)


def measures(karaoke: Karaoke, voice: Levels, minus: Loudness, *, lengths_differ_ms: int) -> Measures:
    lines = [line for line in karaoke.lines if line.sung]
    words = [word for line in lines for word in line.words]
    alignment = karaoke.alignment
    return Measures(
        problems=len(invariants(karaoke)),
        words=len(words),
        words_in_silence=round(_in_silence(words, voice), 3),
        short_words=round(_short(words), 3),
        longest_word_ms=max(map(_length_ms, words), default=0),
        coverage=alignment.coverage if alignment else 0.0,
        confidence=alignment.confidence if alignment else None,
        weak_lines=round(_weak(lines), 3),
        lengths_differ_ms=lengths_differ_ms,
        minus_lufs=minus.lufs,
        minus_true_peak_dbtp=minus.true_peak_dbtp,
    )


def _length_ms(word: Word) -> int:
    return (word.end_ms or 0) - (word.start_ms or 0)


def _short(words: Sequence[Word]) -> float:
    """The share of words that last no time that a word can be sung in; times given by hand are not judged."""
    lengths = [_length_ms(word) for word in words if word.timing != "manual"]
    return sum(length < _SHORT_WORD_MS for length in lengths) / max(1, len(lengths))


def _weak(lines: Sequence[Line]) -> float:
    """The share of lines that hardly fit to what is sung, among those whose confidence is known."""
    known = [line.confidence for line in lines if line.confidence is not None]
    return sum(confidence < _WEAK_LINE for confidence in known) / max(1, len(known))


def _in_silence(words: Sequence[Word], levels: Levels) -> float:
    """The share of words at whose start no voice is heard; times given by hand are not judged."""
    starts = [word.start_ms for word in words if word.start_ms is not None and word.timing != "manual"]
    if not starts or not levels.size:
        return 0.0
    threshold = max(_SILENCE_DBFS, float(np.percentile(levels, 95)) - _BELOW_LOUD_DB)
    loudest = [
        levels[max(0, start - _BEFORE_MS) // _WINDOW_MS : (start + _AFTER_MS) // _WINDOW_MS + 1].max(initial=-np.inf)
        for start in starts
    ]
    return float(np.mean(np.array(loudest) < threshold))
