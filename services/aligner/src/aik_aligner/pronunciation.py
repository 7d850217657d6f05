"""How a word may sound, in the phones of American English (ARPABET without stress) that come nearest."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from anyascii import anyascii

_CYRILLIC = {
    "а": "AA", "б": "B", "в": "V", "г": "G", "ґ": "G", "д": "D", "е": "Y EH", "ё": "Y AO", "є": "Y EH", "ж": "ZH",
    "з": "Z", "и": "IY", "і": "IY", "ї": "Y IY", "й": "Y", "ј": "Y", "к": "K", "л": "L", "м": "M", "н": "N",
    "о": "AO", "п": "P", "р": "R", "с": "S", "т": "T", "у": "UW", "ў": "W", "ф": "F", "х": "HH", "ц": "T S",
    "ч": "CH", "ш": "SH", "щ": "SH", "ъ": "", "ы": "IH", "ь": "", "э": "EH", "ю": "Y UW", "я": "Y AA",
}  # fmt: skip
_UNSTRESSED = {"а": "AH", "е": "Y IH", "о": "AH", "э": "IH", "я": "Y IH"}
_VOICELESS_AT_END = {"б": "P", "в": "F", "г": "K", "д": "T", "ж": "SH", "з": "S"}
_VOWELS = "аеёєиіїоуыэюя"
_SILENT = "ьъ"
_SPOKEN = (("тся", "ца"), ("ться", "ца"), ("ого", "ово"), ("его", "ево"))
"""Endings that are mostly spoken otherwise than they are written."""

_LATIN = {
    "sch": "SH", "tch": "CH", "ch": "CH", "sh": "SH", "zh": "ZH", "kh": "HH", "ph": "F", "th": "TH", "ts": "T S",
    "ng": "NG", "ck": "K", "qu": "K W", "ee": "IY", "oo": "UW", "ou": "UW", "ie": "IY", "ei": "EY", "ai": "AY",
    "au": "AW", "oy": "OY", "a": "AA", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH",
    "i": "IY", "j": "Y", "k": "K", "l": "L", "m": "M", "n": "N", "o": "AO", "p": "P", "q": "K", "r": "R", "s": "S",
    "t": "T", "u": "UW", "v": "V", "w": "V", "x": "K S", "y": "IY", "z": "Z",
}  # fmt: skip

Phones = tuple[str, ...]


def pronunciations(word: str) -> Sequence[Phones]:
    """What its letters allow, in any script; none for a word without letters."""
    letters = "".join(c for c in unicodedata.normalize("NFC", word).casefold() if c.isalnum())
    if any(letter in _CYRILLIC for letter in letters):
        found = _cyrillic(letters)
    else:
        found = [_phones(_latin(anyascii(letters).casefold()))]
    return [one for one in dict.fromkeys(found) if one]


def _phones(sounds: Iterator[str]) -> Phones:
    return tuple(phone for sound in sounds for phone in sound.split())


def _cyrillic(letters: str) -> list[Phones]:
    """Nobody writes the stress, and other vowels lose their colour: one pronunciation for each place of it."""
    spoken = [letters.removesuffix(end) + as_spoken for end, as_spoken in _SPOKEN if letters.endswith(end)]
    return [
        _phones(_stressed(one, stress))
        for one in [*spoken[:1], letters]
        for stress in [n for n, letter in enumerate(one) if letter in _VOWELS] or [0]
    ]


def _stressed(letters: str, stress: int) -> Iterator[str]:
    for n, letter in enumerate(letters):
        sound = _sound(letter, n == len(letters.rstrip(_SILENT)) - 1, _CYRILLIC if n == stress else _UNSTRESSED)
        soft = n > 0 and letters[n - 1] not in _VOWELS + _SILENT
        yield sound.removeprefix("Y ") if soft else sound


def _sound(letter: str, last: bool, vowels: Mapping[str, str]) -> str:
    if last and letter in _VOICELESS_AT_END:
        return _VOICELESS_AT_END[letter]
    return vowels.get(letter) or _CYRILLIC.get(letter, "")


def _latin(letters: str) -> Iterator[str]:
    at = 0
    while at < len(letters):
        size = next((n for n in (3, 2, 1) if letters[at : at + n] in _LATIN), 1)
        yield _LATIN.get(letters[at : at + size], "")
        at += size
