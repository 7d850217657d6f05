"""Where the lyrics and a rough transcript say the same: points that tie the text to the time."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from aik_aligner.port import Timed

_SHORTEST_RUN = 4  # letters in a row that must agree: fewer agree by chance


@dataclass(frozen=True)
class Anchor:
    """A letter of the lyrics, counted over all lines, and when it is sung on the caller's clock, in s."""

    position: int
    time: float


def letters(text: str) -> str:
    """What is compared: letters and digits, without case, accents and compatibility forms."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if character.isalnum())


def anchors(lyrics: str, heard: Sequence[tuple[str, Timed]]) -> list[Anchor]:
    """Anchors in order at both ends of every run of letters that agree; `lyrics` is letters(all lines)."""
    spelled = [(letters(text), timed) for text, timed in heard]
    times = [
        timed.start + (timed.end - timed.start) * n / len(word)
        for word, timed in spelled
        for n in range(len(word))
    ]
    found: list[Anchor] = []
    for block in Levenshtein.opcodes("".join(word for word, _ in spelled), lyrics):
        if block.tag == "equal" and block.src_end - block.src_start >= _SHORTEST_RUN:
            found.append(Anchor(block.dest_start, times[block.src_start]))
            found.append(Anchor(block.dest_end - 1, times[block.src_end - 1]))
    return found
