"""Word times to karaoke-json: every word once, as written, with times that keep every promise of the format."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from statistics import fmean

from aik_lyrics import AlignedBy, Alignment, Karaoke, Line, Lyrics, Word
from aik_lyrics.manual_times import voice_of

from aik_aligner.kept import Kept
from aik_aligner.port import Timed
from aik_aligner.singing import Placed

_LETTER_MS = 80  # a word without a time is given this much a letter, and at most the room that there is
_SHORTEST_FOUND_MS = 20


def karaoke_of(
    lyrics: Lyrics,
    found: Placed,
    kept: Kept,
    *,
    track_id: str,
    version: int,
    duration_ms: int,
    by: AlignedBy,
    before: Sequence[AlignedBy] = (),
) -> Karaoke:
    """Words that were not found get derived times between their neighbors; lines that nobody sings have none.

    Times given by hand and kept lines stay as they are; aligned words give way to them. `before` are the other engines
    that kept lines may come from.
    """
    given = [kept.get(line.id) or (_not_sung(line) if line.id in found.unsung else line) for line in lyrics.lines]
    timed = _in_order(given, found.times, duration_ms)
    lines = tuple(_line(line, timed) if line.sung and line.id not in kept else line for line in given)
    words = [word for line, given in zip(lines, lyrics.lines, strict=True) if given.sung for word in line.words]
    alignment = Alignment(
        **dict(by),
        earlier_engines=tuple(before) or None,
        coverage=round(sum(_is_found(word) for word in words) / max(1, len(words)), 3),
        confidence=_mean(words),
        heard_language=found.evidence.sounds_like,
        agreement=None if found.evidence.agreement is None else round(found.evidence.agreement, 3),
    )
    return Karaoke(
        track_id=track_id,
        version=version,
        language=found.evidence.language,
        duration_ms=duration_ms,
        alignment=alignment,
        singers=lyrics.singers,
        lines=lines,
    )


def _not_sung(line: Line) -> Line:
    """A line of the lyrics that is not in the recording; times given by hand say that it is."""
    if any(word.timing == "manual" for word in line.words):
        return line
    words = tuple(word.model_copy(update={"timing": "derived"}) for word in line.words)
    return line.model_copy(update={"sung": False, "words": words})


def _line(line: Line, timed: Mapping[str, Word]) -> Line:
    words = tuple(timed[word.id] for word in line.words)
    start_ms = min(word.start_ms or 0 for word in words)
    end_ms = max(word.end_ms or 0 for word in words)
    return line.model_copy(update={"start_ms": start_ms, "end_ms": end_ms, "words": words, "confidence": _mean(words)})


def _is_found(word: Word) -> bool:
    """An aligner that finds no place for a word squeezes it onto the word before or after it."""
    aligned = word.timing == "aligned" and (word.end_ms or 0) - (word.start_ms or 0) >= _SHORTEST_FOUND_MS
    return aligned or word.timing == "manual"


def _mean(words: Iterable[Word]) -> float | None:
    known = [word.confidence for word in words if word.confidence is not None]
    return round(fmean(known), 3) if known else None


def _in_order(lines: Sequence[Line], times: Mapping[str, Timed], duration_ms: int) -> dict[str, Word]:
    """Every sung word with its times, by id; starts never decrease within one singer and role."""
    voices = dict.fromkeys(voice_of(line) for line in lines if line.sung)
    timed: dict[str, Word] = {}
    for voice in voices:
        words = [word for line in lines if line.sung and voice_of(line) == voice for word in line.words]
        known = _known(words, times, duration_ms)
        complete = _filled(known, duration_ms)
        timed |= {word.id: word for word in _ended(complete, duration_ms)}
    return timed


def _known(words: Sequence[Word], times: Mapping[str, Timed], duration_ms: int) -> list[Word]:
    """Times that are there already as they are, aligned ones moved between them, nothing for the rest."""
    latest = [duration_ms] * len(words)
    for n in range(len(words) - 1, 0, -1):
        here = words[n].start_ms
        latest[n - 1] = latest[n] if here is None else min(latest[n], here)
    known: list[Word] = []
    reached = 0
    for word, limit in zip(words, latest, strict=True):
        known.append(_one(word, times.get(word.id), reached, limit, duration_ms))
        reached = max(reached, known[-1].start_ms or 0)
    return known


def _one(word: Word, found: Timed | None, earliest: int, latest: int, duration_ms: int) -> Word:
    if word.timing == "manual":
        end = None if word.end_ms is None else min(word.end_ms, duration_ms)
        return word.model_copy(update={"start_ms": min(word.start_ms or 0, duration_ms), "end_ms": end})
    if found is None or word.start_ms is not None:
        return word
    start = min(max(round(found.start * 1000), earliest), latest)
    end = min(max(round(found.end * 1000), start), duration_ms)
    times = {"start_ms": start, "end_ms": end, "timing": "aligned", "confidence": round(found.confidence, 3)}
    return word.model_copy(update=times)


def _filled(words: Sequence[Word], duration_ms: int) -> list[Word]:
    """Words without times get derived ones after the word before them; the first ones, before the word after them."""
    filled = list(words)
    starts = [
        n for n, word in enumerate(words) if word.start_ms is None and (n == 0 or words[n - 1].start_ms is not None)
    ]
    for first in starts:
        stop = next((n for n in range(first, len(words)) if words[n].start_ms is not None), len(words))
        latest = duration_ms if stop == len(words) else filled[stop].start_ms or 0
        room = sum(_room_ms(word) for word in words[first:stop])
        before = filled[first - 1].end_ms or filled[first - 1].start_ms or 0
        begin = min(before, latest) if first else max(0, latest - room)
        filled[first:stop] = _spread(words[first:stop], begin, min(latest, begin + room))
    return filled


def _spread(words: Sequence[Word], begin: int, end: int) -> list[Word]:
    ends = list(accumulate(_room_ms(word) for word in words))
    bounds = [begin, *(begin + (end - begin) * at // ends[-1] for at in ends)]
    return [
        word.model_copy(update={"start_ms": start, "end_ms": stop, "timing": "derived"})
        for word, (start, stop) in zip(words, pairwise(bounds), strict=True)
    ]


def _ended(words: Sequence[Word], duration_ms: int) -> list[Word]:
    """No word lasts into the next one, unless it was set so by hand."""
    nexts = [*(word.start_ms or 0 for word in words[1:]), duration_ms]
    return [_end(word, word.start_ms or 0, latest) for word, latest in zip(words, nexts, strict=True)]


def _end(word: Word, start: int, latest: int) -> Word:
    if word.timing == "manual" and word.end_ms is not None:
        return word
    wanted = start + _room_ms(word) if word.end_ms is None else word.end_ms
    return word.model_copy(update={"end_ms": max(start, min(wanted, latest))})


def _room_ms(word: Word) -> int:
    return _LETTER_MS * len(word.text)
