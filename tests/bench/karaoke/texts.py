"""The texts that are sung: our own, with signs for the singer that no listener sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "texts"
_PAUSE, _HELD = "/", "~"


@dataclass(frozen=True)
class SungWord:
    """A word as it is written; `held`: on a long note; `pause`: the singer waits before it, in the middle of a line."""

    text: str
    held: bool = False
    pause: bool = False

    @property
    def spoken(self) -> str:
        return "".join(character for character in self.text if character.isalnum() or character in "'-").strip("-'")


@dataclass(frozen=True)
class TextLine:
    words: Sequence[SungWord]

    @property
    def written(self) -> str:
        return " ".join(word.text for word in self.words)


Stanza = Sequence[TextLine]


def stanzas(name: str) -> list[Stanza]:
    """The stanzas of a text of the folder: `/` is a pause inside a line, `~` after a word holds its last note."""
    blocks = (_FOLDER / f"{name}.txt").read_text("utf-8").strip().split("\n\n")
    return [[_line(line) for line in block.splitlines()] for block in blocks]


def _line(text: str) -> TextLine:
    words: list[SungWord] = []
    pause = False
    for token in text.split():
        if token == _PAUSE:
            pause = True
            continue
        words.append(SungWord(token.replace(_HELD, ""), held=_HELD in token, pause=pause))
        pause = False
    return TextLine(words)
