"""Section marks as people paste them: “[Chorus]”, “Verse 2:”, “Припев”, “[Verse 1: Anna & Ben]”."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from aik_lyrics.repeats import without_repeat
from aik_lyrics.section_names import certain_kind, kind_in, kind_of

OTHER = "other"
"""The kind of a mark that names no part of a song: “[Applause]”, “[Produced by …]”."""

_DECORATION = " \t*#=_~•<>|–—-"
_ENDS = ":：. \t"
_SAID = re.compile(r"[!?…,;\"“”«»]")  # signs of a sentence, not of a name
_OPEN, _CLOSE = "[［【", "]］】"
_COLON = re.compile("[:：]")
_DASH = re.compile(r"\s[-–—]\s|[:：]")
_DIRECTIVES = {
    "soc": "chorus",
    "start_of_chorus": "chorus",
    "chorus": "chorus",
    "sov": "verse",
    "start_of_verse": "verse",
    "sob": "bridge",
    "start_of_bridge": "bridge",
}
_COMMENTS = {"c", "comment", "ci", "comment_italic", "cb", "comment_box"}


@dataclass(frozen=True)
class SectionMark:
    """A mark as it was written: its kind (`verse`, `chorus`, … or `other`), its name, and who it says is singing."""

    kind: str
    label: str
    singers: str | None = None


def section_mark(text: str) -> SectionMark | None:
    """The mark that a whole line is; None for a line that is sung.

    In square brackets anything is a mark. Without brackets a line is one only if it is exactly the name of a section,
    perhaps with a number and how often it is repeated; names that are common words (“Hook”, “Мост”) need a colon or
    round brackets for that.
    """
    bare = text.strip(_DECORATION)
    if _in(bare, _OPEN, _CLOSE):
        return _bracketed(bare[1:-1].strip())
    if _in(bare, "{", "}"):
        return _directive(bare[1:-1].strip())
    ended = bare.rstrip(_ENDS)
    counted = without_repeat(ended).rstrip(_DECORATION + _ENDS)
    if _in(counted, _OPEN, _CLOSE):
        return _bracketed(counted[1:-1].strip())
    if _in(counted, "(（", ")）"):
        return _named(kind_of, counted[1:-1])
    has_colon = any(colon in bare[len(counted) :] for colon in ":：")
    return _named(kind_of if has_colon else certain_kind, counted)


def leading_mark(text: str) -> tuple[SectionMark, int] | None:
    """The mark that a line begins with, and where its words begin: “Chorus: la la”, “[Chorus] la la”."""
    if text[:1] and text[0] in _OPEN:
        end = next((n for n, character in enumerate(text[:100]) if character in _CLOSE), 0)
        mark = _bracketed(text[1:end].strip()) if end else None
        return (mark, _next(text, end + 1)) if mark is not None and mark.kind != OTHER else None
    colon = _COLON.search(text, 0, 60)
    mark = _named(kind_of, text[: colon.start()]) if colon else None
    return (mark, _next(text, colon.end())) if mark and colon else None


def _next(text: str, start: int) -> int:
    return start + len(text[start:]) - len(text[start:].lstrip())


def _in(text: str, opening: str, closing: str) -> bool:
    """Whether the text is one pair of brackets with no other inside."""
    if len(text) < 3 or text[0] not in opening or text[-1] not in closing:
        return False
    return not any(character in opening + closing for character in text[1:-1])


def _bracketed(inside: str) -> SectionMark:
    name, singers = inside, None
    if divided := _DASH.search(inside, 0, 60):
        name, singers = inside[: divided.start()], inside[divided.end() :].strip()
    if kind := kind_in(without_repeat(name)):
        singing = without_repeat(f" {singers}").strip() if singers else None
        return SectionMark(kind, _label(name), singing or None)
    return SectionMark(kind_in(inside) or OTHER, _label(inside))


def _directive(inside: str) -> SectionMark:
    """ChordPro's {start_of_chorus}, {comment: Chorus}; any other directive is a mark too."""
    name, _, value = (part.strip() for part in inside.partition(":"))
    if kind := _DIRECTIVES.get(name.casefold()):
        return SectionMark(kind, value or kind.capitalize())
    if name.casefold() in _COMMENTS and value:
        return replace(_bracketed(value), singers=None)
    return SectionMark(OTHER, inside)


def _named(known: Callable[[str], str | None], name: str) -> SectionMark | None:
    kind = None if _SAID.search(name, 0, 80) else known(name)
    return SectionMark(kind, _label(name)) if kind else None


def _label(name: str) -> str:
    return " ".join(without_repeat(name).strip(_DECORATION + ":：.").split())
