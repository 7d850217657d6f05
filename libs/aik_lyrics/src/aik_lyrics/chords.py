"""Chords over or between the words: “Am  F  C  G”, “[Am]word”, “e|--3--|”."""

import re
from collections.abc import Sequence

from aik_lyrics.repeats import repeat_at_end

_ROOT = "[A-H][#♯b♭]?"
_QUALITY = r"(?:maj|min|dim|aug|sus|add|m|M|[°øΔ+]|[#♯b♭-]?(?:1[13]|[245679]))"
_CHORD = re.compile(rf"({_ROOT})({_QUALITY}{{0,4}}(?:\({_QUALITY}{{1,3}}\))?)(/{_ROOT})?\*?")
_FILLER = re.compile(r"[|/%.:‖-]{1,4}|N\.?C\.?", re.IGNORECASE)
_APART = re.compile(r"[\s|,–—-]+")
_INLINE = re.compile(r"\[([^\[\]]{1,40})\]|\(([A-H][^()\s]{1,10})\)")
_TAB = re.compile(r"[A-Ha-h]?[#b]?\s?[|:]?[-\d|hpbrxt/\\~() ]+")
_LONGEST = 12


def is_chord_row(text: str) -> bool:
    """Whether a line is chords alone, or a row of a tablature.

    One letter is no chord (“A”), nor are letters in the order of the alphabet or the same one again (“A B C”, “E E”).
    """
    if text.count("-") >= 4 and "--" in text and _TAB.fullmatch(text):
        return True
    counted = repeat_at_end(text)
    words = text[:counted].split()
    if not words or counted == 0:
        return False
    chords: list[re.Match[str]] = []
    for word in words:
        if _FILLER.fullmatch(word):
            continue
        found = _chords(word)
        if not found or (len(found) > 1 and "-" in word and not any(map(_has_quality, found))):
            return False
        chords += found
    return any(map(_has_quality, chords)) or _is_row_of_letters([chord.group() for chord in chords])


def inline_chords(text: str) -> list[tuple[int, int]]:
    """Where chords in brackets stand in a line. In square ones a letter alone is a chord, in round ones it is none."""
    return [found.span() for found in _INLINE.finditer(text) if _is_inline(found)]


def _is_inline(found: re.Match[str]) -> bool:
    if found[1] is None:
        chord = _CHORD.fullmatch(found[2])
        return chord is not None and _has_quality(chord)
    words = _APART.split(found[1].strip())
    return all(_CHORD.fullmatch(word) or _FILLER.fullmatch(word) for word in words)


def _chords(word: str) -> list[re.Match[str]]:
    """The chords of a word such as “Am” or “Am-F-C”; none if anything in it is not one."""
    if len(word) <= _LONGEST and (whole := _CHORD.fullmatch(word)):
        return [whole]
    parts = [part for part in _APART.split(word) if part]
    found = [chord for part in parts if len(part) <= _LONGEST and (chord := _CHORD.fullmatch(part))]
    return found if len(found) == len(parts) else []


def _has_quality(chord: re.Match[str]) -> bool:
    return len(chord.group()) > 1


def _is_row_of_letters(letters: Sequence[str]) -> bool:
    return len(set(letters)) > 1 and not "ABCDEFGH".startswith("".join(letters))
