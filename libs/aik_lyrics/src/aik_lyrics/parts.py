"""The parts of a song that its lyrics name: which lines stand under which section mark."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aik_lyrics.documents import Line
from aik_lyrics.marks import OTHER, SectionMark
from aik_lyrics.readings import read
from aik_lyrics.text import written


@dataclass(frozen=True)
class Part:
    """A section mark and the lines with words until the next one; without a mark, those before the first one."""

    mark: SectionMark | None
    lines: tuple[Line, ...]


def parts(lines: Sequence[Line], names: Mapping[str, str] | None = None) -> list[Part]:
    """In order, those without lines too. Marks of no section (“[Applause]”) divide nothing; `names` are the singers'.

    A line whose words were set by hand to what looks like a mark is none.
    """
    found: list[tuple[SectionMark | None, list[Line]]] = [(None, [])]
    for line, reading in zip(lines, read([written(line) for line in lines], names).lines, strict=True):
        if reading.mark is not None and reading.mark.kind != OTHER and reading.text == line.text:
            found.append((reading.mark, []))
        if line.words:
            found[-1][1].append(line)
    return [Part(mark, tuple(under)) for mark, under in found if mark or under]
