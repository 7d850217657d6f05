"""A transcript to lines of text: broken where a singer pauses, without what nobody sang."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from aik_asr.port import HeardWord, Segment

_PAUSE_S = 0.6  # between two words, from which the line breaks
_LONGEST_WORDS = 12  # in a line: a longer one is broken
_COMMA_S = 1.0  # a comma invites a break as much as a pause of this length
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")
_COMMAS = (",", ";", ":", "–", "—", "，", "、")


def lines_of(segments: Iterable[Segment]) -> list[str]:
    """The lines in order; none if nothing was sung."""
    phrases = [phrase for segment in segments if _is_sung(segment) for phrase in _phrases(segment.words)]
    texts = ["".join(word.text for word in part).strip() for phrase in phrases for part in _short(phrase)]
    return [text for text in texts if any(character.isalnum() for character in text)]


def _is_sung(segment: Segment) -> bool:
    """What a model makes up in music without words is a loop, or unlikely in its own eyes."""
    likely = fmean(word.probability for word in segment.words) if segment.words else 0.0
    if segment.repetition > 5 or likely < 0.1:
        return False
    return segment.no_speech <= 0.6 or (segment.repetition <= 2.4 and likely >= 0.5)


def _phrases(words: Sequence[HeardWord]) -> list[list[HeardWord]]:
    phrases: list[list[HeardWord]] = []
    for word in words:
        last = phrases[-1][-1] if phrases else None
        if last is None or word.start - last.end >= _PAUSE_S or last.text.endswith(_SENTENCE_ENDS):
            phrases.append([])
        phrases[-1].append(word)
    return phrases


def _short(words: Sequence[HeardWord]) -> list[Sequence[HeardWord]]:
    """The phrase, broken at its best breaks until no part is long."""
    if len(words) <= _LONGEST_WORDS:
        return [words]
    middle = len(words) / 2
    at = max(range(2, len(words) - 1), key=lambda n: (_break(words[n - 1], words[n]), -abs(n - middle)))
    return _short(words[:at]) + _short(words[at:])


def _break(before: HeardWord, after: HeardWord) -> float:
    """How good a line may break between two words, in s of pause."""
    if not after.text.startswith(" "):
        return 0.0
    return after.start - before.end + (_COMMA_S if before.text.endswith(_COMMAS) else 0.0)
