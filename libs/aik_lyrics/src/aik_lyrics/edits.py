"""Edits of lyrics by new text: what is unchanged keeps its ids, singers and times given by hand."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from aik_lyrics.documents import Line, Lyrics, Word
from aik_lyrics.hints import with_hints
from aik_lyrics.ids import Mint
from aik_lyrics.manual_times import without_conflicts
from aik_lyrics.matching import opcodes, pairs
from aik_lyrics.readings import Reading, Song, read
from aik_lyrics.text import dir_of, line_of, names_of, refuse_empty, singers_of, text_lines, written, written_of
from aik_lyrics.words import tokens


def edited(old: Lyrics, text: str, mint: Mint) -> Lyrics:
    """The old lyrics with a new text; raises like from_text.

    A moved line keeps its ids too; its times given by hand go where they contradict its new place. What was set by
    hand on a line (its singers, how it is cut into words) stays until the text says something else of it than before.
    """
    names = names_of(old)
    song = read(text_lines(text), names)
    before = {line.id: reading for line, reading in zip(old.lines, _read_again(old).lines, strict=True)}
    kept = pairs(old.lines, song.lines)
    lines = [
        _again(kept[n], before[kept[n].id], reading, mint) if n in kept else line_of(reading, mint)
        for n, reading in enumerate(song.lines)
    ]
    refuse_empty(lines)
    new = [
        (line, reading)
        for n, (line, reading) in enumerate(zip(lines, song.lines, strict=True))
        if n not in kept or before[kept[n].id] != reading
    ]
    fields = {
        "source_text": text,
        "lines": without_conflicts(lines),
        "singers": singers_of(lines, {**song.names, **names}),
    }
    return with_hints(old.model_copy(update=fields), new)


def changed_line_ids(old: Lyrics, new: Lyrics) -> list[str]:
    """Ids of the lines that were changed, moved or added, in their new order, then of those removed."""
    before = {line.id: line for line in old.lines}
    ids = [line.id for line in new.lines]
    matcher = SequenceMatcher(None, list(before), ids, autojunk=False)
    stays = {line_id for block in matcher.get_matching_blocks() for line_id in ids[block.b : block.b + block.size]}
    changed = [line.id for line in new.lines if line.id not in stays or before[line.id] != line]
    return changed + [line_id for line_id in before if line_id not in set(ids)]


def reworded(old: Line, text: str, mint: Mint) -> Line:
    """The line with another text; its unchanged words keep their ids and times, and so does one respelled word."""
    if text == old.text:
        return old
    pieces = tokens(text)
    kept = matched_words(old.words, [word for word, _ in pieces])
    words = tuple(
        kept[n].model_copy(update={"text": word, "after": after})
        if n in kept
        else Word(id=mint(), text=word, after=after)
        for n, (word, after) in enumerate(pieces)
    )
    return old.model_copy(update={"text": text, "words": words, "sung": bool(words), "dir": dir_of(text)})


def matched_words(old: Sequence[Word], new: Sequence[str]) -> dict[int, Word]:
    """Which old word each new one is, by its index; words replaced one by one are the old ones, respelled."""
    kept: dict[int, Word] = {}
    for tag, old_start, old_end, new_start, new_end in opcodes([word.text for word in old], new):
        if tag == "equal" or (tag == "replace" and old_end - old_start == new_end - new_start):
            kept.update(zip(range(new_start, new_end), old[old_start:old_end], strict=True))
    return kept


def _read_again(lyrics: Lyrics) -> Song:
    return read([written(line) for line in lyrics.lines], names_of(lyrics))


def _again(line: Line, before: Reading, after: Reading, mint: Mint) -> Line:
    """The line as its text says now; of what the text says as before, the line's own stays."""
    if after == before:
        return line
    new = line if after.text == before.text else reworded(line, after.text, mint)
    changes: dict[str, object] = {"written": written_of(after.written, new.text)}
    if (line.singers or ()) == before.singers:
        changes["singers"] = after.singers or None
    if line.role == before.role:
        changes["role"] = after.role
    return new.model_copy(update=changes)
