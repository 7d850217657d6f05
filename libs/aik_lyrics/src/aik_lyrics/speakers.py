"""Who sings what in a duet: “Anna: text”, “[Anna]”, “(Both)”, “[Verse 1: Anna & Ben]”."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aik_lyrics.marks import OTHER, SectionMark, section_mark
from aik_lyrics.section_names import kind_of
from aik_lyrics.speaker_names import TOGETHER, id_of, is_known, may_be_name, names_in

_COLONS = (":", "：")
_LONGEST = 80
_MOST_TOGETHER = 12  # more are a choir, whose name is the word itself
_PAIRS = {"(": ")", "[": "]", "（": "）", "［": "］", "【": "】"}


@dataclass(frozen=True)
class Cast:
    """Those who sing in a song: their names as first written, by id."""

    names: Mapping[str, str]

    def of(self, label: str) -> tuple[str, ...]:
        """The ids of those that a label names; a word for all means all that are named anywhere, if that is a few."""
        ids = dict.fromkeys(id for name in names_in(label) for id in self._ids(name))
        return tuple(ids)

    def knows(self, label: str) -> bool:
        """Whether each name of the label is one of the cast."""
        names = names_in(label)
        return bool(names) and all(id_of(name) in self.names or is_known(name) for name in names)

    def _ids(self, name: str) -> tuple[str, ...]:
        if id_of(name) in TOGETHER:
            others = tuple(sorted(id for id in self.names if id not in TOGETHER))
            return others if 1 < len(others) <= _MOST_TOGETHER else (id_of(name),)
        return (id_of(name),)


def cast_of(texts: Sequence[str], marks: Iterable[SectionMark], known: Mapping[str, str]) -> Cast:
    """Those that section marks name, words such as “She:”, and names that stand before a colon in two different lines.

    A name that stands alone in square brackets must be there twice as well.
    """
    found: dict[str, tuple[str, set[str]]] = {}
    sure = dict(known)
    for mark in marks:
        for name in names_in(mark.singers or ""):
            sure.setdefault(id_of(name), name)
    for n, text in enumerate(texts):
        label, rest = _labeled(text)
        for name in names_in(label):
            if is_known(name):
                sure.setdefault(id_of(name), name)
            elif may_be_name(name):
                found.setdefault(id_of(name), (name, set()))[1].add(rest or str(n))
    twice = {id: name for id, (name, rests) in found.items() if len(rests) > 1}
    return Cast({**sure, **{id: name for id, name in twice.items() if id not in sure}})


def speaker(text: str, cast: Cast) -> tuple[str, int] | None:
    """Who a line says is singing, as written, and where its words begin; they may be none."""
    if text[:1] in _PAIRS:
        end = text.find(_PAIRS[text[0]], 0, _LONGEST)
        label = text[1:end].rstrip(": ") if end > 1 else ""
        if cast.knows(label) and (end == len(text) - 1 or text[end + 1] in " :："):
            return label, _next(text, end + 1)
        return None
    at = _colon(text)
    if at > 0 and cast.knows(text[:at]):
        return text[:at], _next(text, at)
    return None


def _labeled(text: str) -> tuple[str, str]:
    """The label that a line may begin with, and the rest of it."""
    if text[:1] in _PAIRS and text.endswith(_PAIRS[text[0]]) and len(text) <= _LONGEST:
        mark = section_mark(text)
        return (text[1:-1].rstrip(":"), "") if mark is None or mark.kind == OTHER else ("", "")
    at = _colon(text)
    label = text[:at] if at > 0 else ""
    return ("", "") if kind_of(label) else (label, text[at + 1 :].strip())


def _colon(text: str) -> int:
    return min((at for colon in _COLONS if (at := text.find(colon, 0, _LONGEST)) > 0), default=-1)


def _next(text: str, at: int) -> int:
    """Where the words begin after a label that ends here."""
    rest = text[at:]
    return at + len(rest) - len(rest.lstrip(":： \t"))
