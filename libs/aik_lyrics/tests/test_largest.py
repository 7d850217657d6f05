"""The largest texts that are taken are read and edited in a time that grows with their size, whatever is in them."""

from collections.abc import Iterator
from random import Random
from time import process_time

import pytest
from aik_lyrics import Lyrics, from_text, minted_by
from aik_lyrics.edits import changed_line_ids, edited
from aik_lyrics.errors import LyricsEmpty
from aik_lyrics.line_edits import LineEdit, edited_lines
from aik_lyrics.spoken import spoken
from aik_lyrics.text import MAX_BYTES, MAX_LINES

LIMIT_S = 20  # of the processor; each takes a second or two, and what grows with the square takes minutes
PIECES = [
    " ",
    " -",
    "(",
    "（世",
    "[Am]",
    "<00:01.00>",
    ".",
    "a--",
    "(x2) ",
    "เกา",
    "a\u0301",
    "1",
    "Anna & ",
    "2 раза ",
    "Am-",
]


def filled(piece: str) -> str:
    return ("a" + piece * (MAX_BYTES // len(piece.encode()))).encode()[: MAX_BYTES - 2].decode(errors="ignore") + "z"


def many() -> Iterator[str]:
    """Lines and words that are there again and again, all names, all marks."""
    numbers = Random(1)  # noqa: S311 - a text, not a secret
    yield "\n".join(f"line {numbers.randrange(100)}" for _ in range(MAX_LINES))
    yield "\n".join(["Verse 2: Anna & Ben x2"] * (MAX_LINES - 1) + ["la"])
    yield "\n".join([f"N{chr(97 + n % 26)}{chr(97 + n // 26)}: q{n % 3}" for n in range(600)] * 2 + ["Both: x"] * 800)
    yield " ".join(f"w{numbers.randrange(100)}" for _ in range(16_000))


def shuffled(text: str) -> str:
    parts = text.split("\n") if "\n" in text else text.split(" ")
    Random(2).shuffle(parts)  # noqa: S311 - as above
    return ("\n" if "\n" in text else " ").join(parts)


def read(text: str) -> Lyrics | None:
    try:
        return from_text(text, minted_by("event"))
    except LyricsEmpty:
        return None


@pytest.mark.parametrize("text", [*map(filled, PIECES), *many()], ids=range(len(PIECES) + 4))
def test_no_text_takes_long(text: str) -> None:
    begun = process_time()
    if lyrics := read(text):
        new = edited(lyrics, shuffled(text), minted_by("edit"))
        assert len(changed_line_ids(lyrics, new)) <= 2 * MAX_LINES
    assert process_time() - begun < LIMIT_S


@pytest.mark.parametrize(("between", "count", "round_of"), [(" ", 18_000, 127), ("\n", MAX_LINES, 97)])
def test_no_edit_takes_long(between: str, count: int, round_of: int) -> None:
    """Rounds at two paces share pieces everywhere and none of them is long: the worst case of difflib."""
    slow, fast = (between.join(str(n * pace % round_of) for n in range(count)) for pace in (1, 5))
    lyrics = from_text(slow, minted_by("event"))
    begun = process_time()
    assert edited(lyrics, fast, minted_by("edit")).source_text == fast
    assert process_time() - begun < LIMIT_S


@pytest.mark.parametrize("piece", ["a--", "a ", "a - "])
def test_no_words_that_are_sent_take_long(piece: str) -> None:
    lyrics = from_text(filled(piece), minted_by("event"))
    sent = [LineEdit.model_validate(line.model_dump(by_alias=True)) for line in lyrics.lines]
    begun = process_time()
    assert edited_lines(lyrics, sent, minted_by("lines")).lines == lyrics.lines
    assert process_time() - begun < LIMIT_S


def test_no_number_takes_long() -> None:
    begun = process_time()
    assert all(spoken(filled(piece), "en") for piece in ("1", "1,", "1,000", "$", "1st", "1/"))
    assert process_time() - begun < LIMIT_S
