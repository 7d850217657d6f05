"""Lines of a transcript: broken where a singer breathes, neither long nor of one word."""

from collections.abc import Sequence
from itertools import pairwise
from unicodedata import east_asian_width

from aik_asr.sung import SENTENCE_ENDS
from aik_asr.written import WrittenWord

STANZA_S = 4.0
"""A pause of this length divides two stanzas."""

Line = Sequence[WrittenWord]

_MOST_WORDS = 12
_WIDEST = 45  # in Latin letters with their spaces; a Chinese character is as wide as two
_IDEAL = 28  # width
_ALONE = 1.0  # what a line of one word costs: as much as one that is twice as wide as it should be
_BREAK = 0.5  # what any break costs, less what speaks for it:
_BREATH = 1.2  # a pause of a second or more
_SENTENCE, _COMMA = 0.7, 0.4
_CAPITAL = 0.5  # a model begins lines with one
_OPENS = 0.4  # it began a segment there
_INSIDE = -0.5  # no space stands there
_COMMAS = (",", ";", ":", "–", "—", "，", "、")


def stanzas(words: Sequence[WrittenWord]) -> list[list[Line]]:
    """The words in order, in lines, and the lines in stanzas."""
    found: list[list[Line]] = []
    start = 0
    for n in range(1, len(words) + 1):
        if n == len(words) or words[n].start - words[n - 1].end >= STANZA_S:
            found.append(_lines(words[start:n]))
            start = n
    return found


def text_of(line: Line) -> str:
    """The line as it is written."""
    return "".join((" " if n and word.spaced else "") + word.text for n, word in enumerate(line))


def _lines(words: Sequence[WrittenWord]) -> list[Line]:
    """The division of the words that costs least."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        options: list[tuple[float, int]] = []
        for start in range(end - 1, -1, -1):
            line = words[start:end]
            if len(line) > 1 and not _fits(line):
                break
            cost = best[start][0] + _cost(line, whole=len(line) == len(words))
            options.append((cost + (_break(words[start - 1], words[start]) if start else 0.0), start))
        best.append(min(options))
    ends = [len(words)]
    while ends[-1] > 0:
        ends.append(best[ends[-1]][1])
    return [words[start:end] for start, end in pairwise(reversed(ends))]


def _fits(line: Line) -> bool:
    return 1 + sum(word.spaced for word in line[1:]) <= _MOST_WORDS and _width(line) <= _WIDEST


def _width(line: Line) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text_of(line))


def _cost(line: Line, *, whole: bool) -> float:
    alone = len(line) == 1 and not whole
    return ((_width(line) - _IDEAL) / _IDEAL) ** 2 + (_ALONE if alone else 0.0)


def _break(before: WrittenWord, after: WrittenWord) -> float:
    """What a break between two words costs; less than nothing where a singer breathes."""
    reasons = _BREATH * min(max(after.start - before.end, 0.0), 1.0)
    if before.text.endswith(SENTENCE_ENDS):
        reasons += _SENTENCE
    elif before.text.endswith(_COMMAS):
        reasons += _COMMA
    if after.text[0].isupper() and after.text != "I" and not after.text.startswith("I'"):
        reasons += _CAPITAL
    if after.opens:
        reasons += _OPENS
    if not after.spaced:
        reasons += _INSIDE
    return _BREAK - reasons
