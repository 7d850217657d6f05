"""What the lyrics' hints say is sung when: those of a transcript, and those of an LRC file that fits the recording."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np
from aik_audio.voice import Region
from aik_lyrics import Lyrics, Word
from aik_lyrics.documents import Hint
from numpy.typing import NDArray

from aik_aligner.anchors import letters
from aik_aligner.port import Timed

_ENOUGH = 0.5  # share of the words, or of the lines of an LRC file, that need a hint
_LETTERS_PER_S = 12.0  # of words whose end no hint tells
_SHIFTS_S = np.arange(-2.0, 2.05, 0.1)  # by how much an LRC file may be early or late
_NEAR_S = 0.25  # a line begins with the voice …
_FITS = 0.7  # … and so many of them do, if the file belongs to this recording …
_FEWEST = 12  # … of so many lines: fewer fit at one of the shifts by chance
_PAUSE_S = 0.3

Told = list[tuple[str, Timed]]
"""Words in order with rough times in the song."""


def hinted_words(lyrics: Lyrics, regions: Sequence[Region]) -> Told:
    """None where hints are few or belong to another recording."""
    hints = {hint.word_id: hint for hint in lyrics.hints or ()}
    lines = [line.words for line in lyrics.lines if line.sung and line.words]
    if lyrics.hints_from == "transcript":
        return _of_transcript(lines, hints)
    return _of_lrc(lines, hints, regions) if lyrics.hints_from == "lrc" else []


def _of_transcript(lines: Sequence[Sequence[Word]], hints: Mapping[str, Hint]) -> Told:
    words = [word for line in lines for word in line]
    known = [word for word in words if word.id in hints]
    return [_timed(word, hints[word.id]) for word in known] if len(known) >= _ENOUGH * len(words) else []


def _of_lrc(lines: Sequence[Sequence[Word]], hints: Mapping[str, Hint], regions: Sequence[Region]) -> Told:
    begun = [hints[words[0].id].start_ms / 1000 for words in lines if words[0].id in hints]
    if len(begun) < max(_FEWEST, _ENOUGH * len(lines)):
        return []
    shift = _shift(np.array(begun), regions)
    return [] if shift is None else list(_spread(lines, hints, shift))


def _shift(starts: NDArray[np.float64], regions: Sequence[Region]) -> float | None:
    """How late the recording is for the file, in s; None where too few lines begin with the voice."""
    pairs = pairwise([Region(-1.0, -1.0), *regions])
    onsets = np.array([after.start for before, after in pairs if after.start - before.end >= _PAUSE_S])
    if not onsets.size:
        return None
    late = [np.abs(starts[:, None] + shift - onsets).min(axis=1).clip(max=_NEAR_S) for shift in _SHIFTS_S]
    best = min(range(len(late)), key=lambda n: late[n].mean())
    return float(_SHIFTS_S[best]) if np.mean(late[best] < _NEAR_S) >= _FITS else None


def _spread(lines: Sequence[Sequence[Word]], hints: Mapping[str, Hint], shift: float) -> Iterator[tuple[str, Timed]]:
    """Every word from a hint on, until the next one that has its own."""
    words = [word for line in lines for word in line]
    known = [n for n, word in enumerate(words) if word.id in hints]
    for n, after in pairwise([*known, len(words)]):
        start = hints[words[n].id].start_ms / 1000 + shift
        ends = [0, *accumulate(len(letters(word.text)) for word in words[n:after])]
        until = hints[words[after].id].start_ms / 1000 + shift if after < len(words) else float("inf")
        length = max(0.0, min(until - start, ends[-1] / _LETTERS_PER_S))
        for word, (first, last) in zip(words[n:after], pairwise(ends), strict=True):
            begin, end = (max(0.0, start + length * at / max(1, ends[-1])) for at in (first, last))
            yield word.text, Timed(begin, end, 1.0)


def _timed(word: Word, hint: Hint) -> tuple[str, Timed]:
    start = hint.start_ms / 1000
    end = start + len(word.text) / _LETTERS_PER_S if hint.end_ms is None else hint.end_ms / 1000
    return word.text, Timed(start, end, hint.confidence or 0.0)
