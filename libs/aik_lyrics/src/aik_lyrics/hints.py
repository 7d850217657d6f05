"""Hints through edits: those of words that stay are kept, those that a text brings are added."""

from collections.abc import Mapping, Sequence

from aik_lyrics.documents import Hint, Line, Lyrics
from aik_lyrics.readings import Reading
from aik_lyrics.text import hints_of


def with_hints(lyrics: Lyrics, read: Sequence[tuple[Line, Reading]]) -> Lyrics:
    """The edited lyrics with the hints that its words had, and with those of the lines that were read anew.

    Times of an LRC file take the place of what was heard in a transcript: a document has hints of one kind.
    """
    fresh = {line.id: found for line, reading in read if (found := hints_of(line, reading))}
    old = () if fresh and lyrics.hints_from == "transcript" else lyrics.hints or ()
    if not fresh:
        ids = {word.id for line in lyrics.lines for word in line.words}
        hints = tuple(hint for hint in old if hint.word_id in ids)
    else:
        kept: dict[str, list[Hint]] = {}
        for hint in old:
            kept.setdefault(hint.word_id, []).append(hint)
        rows = [fresh.get(line.id) or _of(line, kept) for line in lyrics.lines]
        hints = tuple(hint for row in rows for hint in row)
    source = None if not hints else "lrc" if fresh else lyrics.hints_from
    return lyrics.model_copy(update={"hints": hints or None, "hints_from": source})


def _of(line: Line, kept: Mapping[str, Sequence[Hint]]) -> list[Hint]:
    return [hint for word in line.words for hint in kept.get(word.id, ())]
