"""What a model makes up: loops, words that nobody has the time to sing, phrases that it learned from subtitles."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from aik_asr.port import Segment
from aik_asr.subtitles import is_credit, is_farewell, names_a_maker
from aik_asr.sung import SENTENCE_ENDS, SungWord

_FASTEST_LETTERS_PER_S = 40.0  # of a word; the fastest rap stays below 25 …
_FASTEST_REPEAT = 25.0  # … and so does a phrase that comes again
_LONGEST_LOOP = 12  # words of a phrase that is looked for
_LOOP = 3  # times in a row, from which a phrase is doubted
_CONFIRMED = 0.3  # mean share of the other hearings, from which a doubtful phrase is believed
_LIKELY = 0.6  # mean probability, from which it is believed where nobody else heard the piece
_BRACKETS = {"[": "]", "(": ")", "*": "*", "【": "】", "（": "）"}


def is_sung(segment: Segment) -> bool:
    """What a model makes up in music without words is unlikely in its own eyes, or a remark such as [Music]."""
    text = "".join(word.text for word in segment.words).strip()
    likely = fmean(word.probability for word in segment.words) if segment.words else 0.0
    if likely < 0.1 or (len(text) > 1 and _BRACKETS.get(text[0]) == text[-1]):
        return False
    return segment.no_speech <= 0.6 or (segment.repetition <= 2.4 and likely >= 0.5)


def without_squeezed(words: Sequence[SungWord]) -> list[SungWord]:
    """The words but those that have no time: a model that loops puts many words into one moment."""
    kept: list[SungWord] = []
    opens = False
    for word in words:
        opens = opens or word.opens
        if len(word.letters) <= _FASTEST_LETTERS_PER_S * (word.end - word.start):
            kept.append(replace(word, opens=opens))
            opens = False
    return kept


def without_made_up(words: Sequence[SungWord]) -> list[SungWord]:
    """The words of one piece but for loops and subtitles; a chorus that was heard at the same time again stays."""
    return [word for phrase in _phrases(_without_loops(words)) if not _of_subtitles(phrase) for word in phrase]


def _without_loops(words: Sequence[SungWord]) -> list[SungWord]:
    """Of a phrase that comes many times in a row, the first and those of the others that can be sung."""
    spelled = [word.letters for word in words]
    kept: list[SungWord] = []
    at = 0
    while at < len(words):
        size, times = _loop(spelled, at)
        for n in range(times):
            phrase = words[at + n * size : at + (n + 1) * size]
            if n == 0 or times < _LOOP or _can_be_sung(phrase):
                kept += phrase
        at += size * times
    return kept


def _loop(spelled: Sequence[str], at: int) -> tuple[int, int]:
    """How many words the phrase has that comes again most often from here on, and how often; (1, 1) if none does."""
    found = (1, 1)
    for size in range(1, min(_LONGEST_LOOP, (len(spelled) - at) // _LOOP) + 1):
        phrase = spelled[at : at + size]
        times = 1
        while spelled[at + times * size : at + (times + 1) * size] == phrase:
            times += 1
        if times >= _LOOP and size * times > found[0] * found[1]:
            found = (size, times)
    return found


def _can_be_sung(phrase: Sequence[SungWord]) -> bool:
    count = sum(len(word.letters) for word in phrase)
    if count > _FASTEST_REPEAT * (phrase[-1].end - phrase[0].start):
        return False
    confirmed = _confirmed(phrase)
    return confirmed is None or confirmed >= _CONFIRMED


def _phrases(words: Sequence[SungWord]) -> Iterator[Sequence[SungWord]]:
    """The sentences of the tool's segments."""
    start = 0
    for n in range(1, len(words) + 1):
        if n == len(words) or words[n].opens or words[n - 1].text.endswith(SENTENCE_ENDS):
            yield words[start:n]
            start = n


def _of_subtitles(phrase: Sequence[SungWord]) -> bool:
    text = "".join(word.text for word in phrase)
    if names_a_maker(text):
        return True
    if not is_credit(text) and not is_farewell(text):
        return False
    confirmed = _confirmed(phrase)
    if confirmed is None:  # a model that knows credits is sure of them
        return is_credit(text) or fmean(word.probability for word in phrase) < _LIKELY
    return confirmed < _CONFIRMED


def _confirmed(phrase: Sequence[SungWord]) -> float | None:
    """The mean share of the other hearings that have the phrase's words; None where there are no others."""
    known = [word.confirmed for word in phrase if word.confirmed is not None]
    return fmean(known) if known else None
