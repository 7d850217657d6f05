"""A line cut into the words that are sung, in any script."""

import re
import unicodedata
from itertools import pairwise

from aik_lyrics.documents import Direction

# Han, kana and their iteration marks: scripts written without spaces, where each character is sung as a word.
_HAN_KANA = "\u3005-\u3007\u3041-\u3096\u309d-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
_HAN_KANA += "\U00020000-\U0003ffff"
_SMALL_KANA = "ぁぃぅぇぉゃゅょゎァィゥェォャュョヮｧ-ｮ"  # sung with the character before them
# Thai, Lao, Khmer and Burmese have no spaces between words either: a consonant with its vowels is sung as a word.
_THAI = r"[เ-ไ]?[ก-ฮ](?:[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]|[ะาำๅ])*"
_LAO = r"[\u0ec0-\u0ec4]?[\u0e81-\u0eae\u0edc-\u0edf](?:[\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd]|[\u0eb0\u0eb2\u0eb3\u0ebd])*"
_KHMER = r"[\u1780-\u17b3](?:\u17d2[\u1780-\u17b3]|[\u17b6-\u17d1\u17dd])*"
_BURMESE = r"[\u1000-\u102a\u103f](?:\u1039[\u1000-\u1021]|[\u1000-\u1021]\u103a|[\u102b-\u1038\u103a-\u103e])*"
_ALONE = rf"{_HAN_KANA}ก-ฮเ-ไ\u0e81-\u0eae\u0ec0-\u0ec4\u0edc-\u0edf\u1780-\u17b3\u1000-\u102a\u103f"
_OPENING = "(\\[{“‘«„‹「『（［｛〈《【〔〖"
_PIECE = re.compile(
    rf"[{_OPENING}]*+(?:[{_HAN_KANA}][{_SMALL_KANA}]?|{_THAI}|{_LAO}|{_KHMER}|{_BURMESE})[^\w\s{_OPENING}]*"
    rf"|[^\s{_ALONE}]+|\S"
)
_BREAK = re.compile(r"(?<=\w)(?:[—…]+|-{2,}|\.{2,})(?=\w)")  # pauses that stand between two words without a space
# What may stand around a line and is nobody's: spaces of all kinds, byte order marks, zero-width spaces and joiners.
_AROUND = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_AROUND += "\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u2060"
_READ_ALOUD = frozenset("&+=%@")


def tokens(text: str) -> list[tuple[str, str]]:
    """The words of a trimmed line, each with what stands between it and the next one; joined they are the line.

    A sign that nobody sings (a dash, an emoji, a note) is no word where it stands alone: it goes with what stands after
    the word before it, or with the first word. A line of nothing but signs has no words.
    """
    spans = _words([span for piece in _PIECE.finditer(text) for span in _divided(piece)], text)
    ends = [*(start for start, _ in spans[1:]), *([len(text)] if spans else [])]
    return [(text[start:stop], text[stop:end]) for (start, stop), end in zip(spans, ends, strict=True)]


def trimmed(line: str) -> str:
    """The line without spaces, byte order marks and zero-width spaces around it."""
    return line.strip(_AROUND)


def is_sung(text: str) -> bool:
    """A line without a letter or a digit (a row of stars, a note sign) has nothing to sing."""
    return any(character.isalnum() for character in text)


def direction_of(text: str) -> Direction:
    """The direction of the first letter that has one."""
    for character in text:
        if (kind := unicodedata.bidirectional(character)) in {"L", "R", "AL"}:
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def same(text: str) -> str:
    """What texts are compared by: NFC, so that it does not matter how accents are encoded."""
    return unicodedata.normalize("NFC", text)


Span = tuple[int, int]


def _divided(piece: re.Match[str]) -> list[Span]:
    """The piece, cut after every pause inside of it."""
    cuts = [piece.start() + pause.end() for pause in _BREAK.finditer(piece.group())]
    return list(pairwise([piece.start(), *cuts, piece.end()]))


def _words(spans: list[Span], text: str) -> list[Span]:
    """Only the words: a sign that touches a word is part of it, and so are those before the first one."""
    words: list[Span] = []
    begun: int | None = None
    for n, (start, stop) in enumerate(spans):
        if is_sung(text[start:stop]) or text[start:stop] in _READ_ALOUD:
            words.append((start if begun is None else begun, stop))
            begun = None
        elif words and words[-1][1] == start:
            words[-1] = (words[-1][0], stop)
        elif not words or (n + 1 < len(spans) and spans[n + 1][0] == stop):
            begun = start if begun is None else begun
        else:
            begun = None
    return words
