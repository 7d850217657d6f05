"""Heard words to words as they are written in a line, each with its time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from statistics import fmean

from aik_lyrics.words import tokens

from aik_asr.confidence import confidence
from aik_asr.sung import SungWord

_NOTES = dict.fromkeys(map(ord, "♩♪♫♬"))
_OPENING = frozenset("([{“«„")
_CLOSING = frozenset(".,;:!?…。，、！？；：)”»\"'")


@dataclass(frozen=True)
class WrittenWord:
    """A word as `aik_lyrics.words.tokens` has it; times in s, confidence 0…1.

    `spaced`: a space stands before it, unless it begins a line. `opens`: the tool began a segment with it.
    """

    text: str
    start: float
    end: float
    confidence: float
    spaced: bool = True
    opens: bool = False


def written_words(words: Sequence[SungWord]) -> list[WrittenWord]:
    """What was heard, divided as a line's text is divided: a line of these words has just these words, by time.

    Signs that are no word join the one before if they may follow a word, the next one of their segment if they open
    brackets or quotes; others (dashes, notes) are left out.
    """
    written: list[WrittenWord] = []
    opening = ""
    for word in (word for chunk in _chunks(words) for word in _divided(chunk)):
        before, opening = "" if word.opens else opening, ""
        if _is_word(word.text):
            written.append(replace(word, text=before + word.text) if _is_word(before + word.text) else word)
        elif _OPENING.issuperset(word.text):
            opening = before + word.text
        elif written and _CLOSING.issuperset(word.text) and _is_word(written[-1].text + word.text):
            written[-1] = replace(written[-1], text=written[-1].text + word.text)
    return list(_in_order(written))


def _is_word(text: str) -> bool:
    """Whether a line of this text has it as its only word."""
    return tokens(text) == [(text, "")]


def _chunks(words: Sequence[SungWord]) -> Iterator[Sequence[SungWord]]:
    """Words with no space between them: a tool may hear a word in parts."""
    start = 0
    for n in range(1, len(words) + 1):
        if n == len(words) or words[n].opens or words[n].text[:1].isspace():
            yield words[start:n]
            start = n


def _divided(chunk: Sequence[SungWord]) -> Iterator[WrittenWord]:
    """The words of a chunk's text; its characters are taken as equally long within each heard word."""
    texts = [word.text.translate(_NOTES) for word in chunk]
    times = [time for word, text in zip(chunk, texts, strict=True) for time in _times(word, text)]
    sure = [confidence(word) for word, text in zip(chunk, texts, strict=True) for _ in text]
    whole = "".join(texts)
    line = whole.strip()
    found = tokens(line) or ([(line, "")] if line else [])
    starts = accumulate((len(text + after) for text, after in found), initial=len(whole) - len(whole.lstrip()))
    for n, (begin, (text, _)) in enumerate(zip(starts, found, strict=False)):
        end = begin + len(text)
        start = begin + text.rfind(" ") + 1  # signs that stand alone before the first word are left out
        yield WrittenWord(
            text=whole[start:end],
            start=times[start][0],
            end=times[end - 1][1],
            confidence=fmean(sure[start:end]),
            spaced=whole[:start][-1:].isspace() or (n == 0 and chunk[0].opens),
            opens=n == 0 and chunk[0].opens,
        )


def _times(word: SungWord, text: str) -> Iterator[tuple[float, float]]:
    """From when to when each character is sung; a space takes no time."""
    count = len(text.strip())
    blank = len(text) - len(text.lstrip())
    for n in range(len(text)):
        first, last = (min(max(at - blank, 0), count) / max(1, count) for at in (n, n + 1))
        length = word.end - word.start
        yield word.start + length * first, word.start + length * last


def _in_order(words: Sequence[WrittenWord]) -> Iterator[WrittenWord]:
    """Starts that never decrease, ends that are not before them."""
    reached = 0.0
    for word in words:
        reached = max(reached, word.start)
        yield replace(word, start=reached, end=max(reached, word.end))
