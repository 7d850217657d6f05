"""How the transcripts of two engines differ, word by word."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from aik_audio import clock
from aik_lyrics import Lyrics, Word
from aik_service.differences import Measure, Measurements, Place, Value
from aik_service.step import StepOutput
from rapidfuzz.distance import Levenshtein

from aik_asr.sung import letters


@dataclass(frozen=True)
class Transcript:
    """The words in order, and when each was heard, in ms."""

    lyrics: Lyrics
    words: Sequence[Word]
    starts: Sequence[int | None]

    @property
    def spelled(self) -> Sequence[str]:
        """What words are compared by: case, punctuation and the form of letters don't count; a sign is itself."""
        return [letters(word.text) or word.text for word in self.words]

    @property
    def confidence(self) -> Value | None:
        sure = [hint.confidence for hint in self.lyrics.hints or () if hint.confidence is not None]
        return round(fmean(sure), 3) if sure else None


def transcripts(first: StepOutput, second: StepOutput) -> Measurements:
    """Each stretch of words that is another is a place, in the order of the song."""
    one, other = _transcript(first), _transcript(second)
    operations = [each for each in Levenshtein.opcodes(one.spelled, other.spelled) if each.tag != "equal"]
    places = [
        Place(
            where=_where(one, other, each.src_start, each.dest_start),
            first=" ".join(word.text for word in one.words[each.src_start : each.src_end]),
            second=" ".join(word.text for word in other.words[each.dest_start : each.dest_end]),
        )
        for each in operations
    ]
    return Measurements(measures=_measures(one, other), places=tuple(places))


def word_error_rate(first: Sequence[str], second: Sequence[str]) -> float:
    """Words of the second that are put in, left out or another, by the words of the first; may be more than 1."""
    return Levenshtein.distance(first, second) / max(1, len(first))


def _measures(one: Transcript, other: Transcript) -> tuple[Measure, ...]:
    rate = word_error_rate(one.spelled, other.spelled)
    return (
        Measure(name="language", first=one.lyrics.language, second=other.lyrics.language),
        Measure(name="lines", first=len(one.lyrics.lines), second=len(other.lyrics.lines)),
        Measure(name="words", first=len(one.words), second=len(other.words)),
        Measure(name="confidence", first=one.confidence, second=other.confidence),
        Measure(name="word error rate", between=round(rate, 3)),
    )


def _transcript(output: StepOutput) -> Transcript:
    lyrics = Lyrics.from_json(output.files["lyrics"].read_bytes())
    starts = {hint.word_id: hint.start_ms for hint in lyrics.hints or ()}
    found = [word for line in lyrics.lines for word in line.words]
    return Transcript(lyrics, found, [starts.get(word.id) for word in found])


def _where(one: Transcript, other: Transcript, first: int, second: int) -> str:
    """When the first of the words is heard; else its number, from 1."""
    times = [*one.starts[first : first + 1], *other.starts[second : second + 1]]
    known = next((time for time in times if time is not None), None)
    if known is None:
        return f"word {first + 1}"
    return clock.read(known)
